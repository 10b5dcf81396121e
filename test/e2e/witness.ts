import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { collectors } from '../../src/collectors/index.ts';
import type { Daemon } from '../daemon.ts';
import { type ExposedFamily, type ExposedSample, seriesKey } from '../exposition-parser.ts';
import { entityOf, isGlueCounter } from '../truth/index.ts';

/** Sees every scrape, of one daemon after the other, and tells what no scrape may ever show. */
export interface Witness {
  /** Looks at a scrape; returns it. */
  see(exposition: readonly ExposedFamily[]): readonly ExposedFamily[];
  /** Names the entities that may vanish from now on; all others must be there. What comes back must not have gone back. */
  mayMiss(...names: readonly string[]): void;
  /** Told that another daemon will be scraped: until it has polled nothing is there, but what comes back must not have gone back. */
  restarted(): void;
  /** Fails when a counter has gone back, an entity has lost its counters, or one has had two of the same. */
  expectNothingWrong(): void;
  readonly scrapes: number;
}

/** Labels that tell one entity's counters apart; what config adds to them may change. */
const OWN_LABELS = [
  'aws_account_id',
  'aws_region',
  ...new Set(
    collectors.flatMap(({ labelNames, families }) => [
      ...labelNames,
      ...families.flatMap(family => (family.type === 'counter' ? family.labelNames : [])),
    ]),
  ),
];

const identityOf = ({ name, labels }: ExposedSample): string =>
  seriesKey({ name, labels: Object.fromEntries(OWN_LABELS.flatMap(label => [[label, labels[label] ?? '']])) });

export const createWitness = (): Witness => {
  const highest = new Map<string, number>();
  let there = new Map<string, ExposedSample>();
  const complaints: string[] = [];
  let dismissed: readonly string[] = [];
  let scrapes = 0;
  return {
    see(exposition) {
      scrapes += 1;
      const now = new Map<string, ExposedSample>();
      for (const { name, samples } of exposition) {
        if (!isGlueCounter(name)) continue;
        for (const sample of samples) {
          const identity = identityOf(sample);
          if (now.has(identity)) complaints.push(`${identity} is there twice`);
          const before = highest.get(identity) ?? 0;
          if (sample.value < before) complaints.push(`${identity} went back from ${before} to ${sample.value}`);
          highest.set(identity, sample.value);
          now.set(identity, sample);
        }
      }
      for (const [identity, { labels }] of there) {
        const isMissed = !dismissed.includes(entityOf(labels));
        if (isMissed && !now.has(identity)) complaints.push(`${identity} vanished from scrape ${scrapes}`);
      }
      there = now;
      return exposition;
    },
    mayMiss(...names) {
      dismissed = names;
    },
    restarted() {
      there = new Map();
    },
    expectNothingWrong() {
      expect(complaints.slice(0, 20)).toEqual([]);
    },
    get scrapes() {
      return scrapes;
    },
  };
};

/** Scrapes a daemon on and on until told to stop, or until the daemon is no longer there. */
export const scrapeOnAndOn = (daemon: Daemon, witness: Witness): { stop(): Promise<void> } => {
  let isWanted = true;
  const isOver = daemon.exit.then(() => {
    isWanted = false;
  });
  const scraping = async (): Promise<void> => {
    while (isWanted) {
      try {
        witness.see(await daemon.scrape());
      } catch (error) {
        // A daemon that ends answers no more; any other must.
        if (!daemon.isEnding) throw error;
        await isOver;
      }
      await pause(40);
    }
  };
  const done = scraping();
  // Whoever stops it is told.
  done.catch(() => {});
  return {
    async stop() {
      isWanted = false;
      await done;
    },
  };
};
