import type { AnyCollector, EntityDefinition, Histories } from '../collectors/collector.ts';

import type { Glue } from '../glue/glue.ts';
import { type Log, messageOf } from '../log.ts';
import type { Tracked } from './entity.ts';

/** Reads the newest runs of many entities with one call, where AWS has such a call: a hint at which of them to read. */
export interface Glances {
  /** Within some calls and some time. Never rejects: a hint that is missing costs nothing but time. */
  glance(mostCalls: number, mostSeconds: number): Promise<void>;
}

/** The part of a poll's requests, and of its time, that glances may take. */
export const GLANCE_SHARE = 0.1;

/** Whether any of these collectors has glances. */
export const hasGlances = (collectors: readonly AnyCollector[]): boolean =>
  collectors.some(collector =>
    collector.open({ inventory: () => false, histories: ({ glance }) => glance !== undefined, feed: () => false }),
  );

export const createGlances = <Definition extends EntityDefinition, Facts>(
  { glance }: Histories<Definition, Facts>,
  glue: Glue,
  tracked: ReadonlyMap<string, Tracked<Definition, Facts>>,
  uptime: () => number,
  log: Log,
): Glances => {
  if (glance === undefined) return { glance: async () => {} };
  /** Those that a glance leaves out come first in the next. */
  let waiting: readonly string[] = [];

  const glanceAt = async (names: readonly string[]): Promise<void> => {
    for (const [name, latest] of await glance.read(glue, names)) {
      const entity = tracked.get(name);
      if (entity !== undefined) entity.glimpse = latest;
    }
  };

  return {
    async glance(mostCalls, mostSeconds) {
      const startedAt = uptime();
      if (waiting.length === 0) waiting = [...tracked.keys()];
      try {
        for (let calls = 0; calls < mostCalls && uptime() - startedAt < mostSeconds; calls += 1) {
          const names = waiting.slice(0, glance.most).filter(name => tracked.has(name));
          waiting = waiting.slice(glance.most);
          if (names.length > 0) await glanceAt(names);
        }
      } catch (error) {
        log.debug('Glance failed', { error: messageOf(error) });
      }
    },
  };
};
