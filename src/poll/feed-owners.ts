import type { EntityDefinition, Feed } from '../collectors/collector.ts';
import { endOf, placeInHistory, type Run } from '../runs/run.ts';
import type { CollectorLedgers } from '../state/ledger-store.ts';
import type { CollectorSettings } from './collector-poll.ts';
import { hasAwaitedRun, type Tracked, track } from './entity.ts';
import type { IdentifiedTarget } from './identified-target.ts';
import type { FeedOwner } from './read-feed.ts';

/** The entities of a feed on one target. Nothing lists them: they are known by their runs and their ledgers. */
export interface FeedOwners<Definition, Facts> {
  readonly tracked: ReadonlyMap<string, Tracked<Definition, Facts>>;
  /** Takes over the entities that exist without a run, and those that the state has ledgers for. */
  restore(target: IdentifiedTarget, ledgers: CollectorLedgers<Facts>): void;
  /** Takes over the entities that runs were of. `now` is in AWS's time. */
  enter(
    target: IdentifiedTarget,
    ledgers: CollectorLedgers<Facts>,
    owners: ReadonlyMap<string, FeedOwner<Definition, Facts>>,
    now: number,
  ): void;
  /** Drops the entities without a run for too long; returns them. `now` is in AWS's time. */
  forget(now: number): readonly Tracked<Definition, Facts>[];
}

/** Without any entity. */
export const createFeedOwners = <Definition extends EntityDefinition, Facts>(
  {
    always,
    forgetAfterSeconds,
    definitionOf,
  }: Pick<Feed<Definition, Facts>, 'always' | 'forgetAfterSeconds' | 'definitionOf'>,
  { admits }: Pick<CollectorSettings, 'admits'>,
): FeedOwners<Definition, Facts> => {
  const tracked = new Map<string, Tracked<Definition, Facts>>();
  const permanent = new Set(always.map(({ name }) => name));

  const enterOne = (target: IdentifiedTarget, ledgers: CollectorLedgers<Facts>, definition: Definition): void => {
    const { name } = definition;
    if (!tracked.has(name) && admits(target, name)) tracked.set(name, track(definition, ledgers.get(name)));
  };

  return {
    tracked,
    restore(target, ledgers) {
      for (const definition of always) enterOne(target, ledgers, definition);
      for (const name of ledgers.names()) {
        const definition = definitionOf(name);
        if (definition !== undefined) enterOne(target, ledgers, definition);
      }
    },
    enter(target, ledgers, owners, now) {
      for (const { definition, runs } of owners.values()) {
        if (runs.some(run => !run.ended || latestTime(run) >= now - forgetAfterSeconds))
          enterOne(target, ledgers, definition);
      }
    },
    forget(now) {
      const forgotten: Tracked<Definition, Facts>[] = [];
      for (const [name, entity] of tracked) {
        if (permanent.has(name) || hasAwaitedRun(entity.ledger)) continue;
        if (lastSeenAt(entity) >= now - forgetAfterSeconds) continue;
        tracked.delete(name);
        forgotten.push(entity);
      }
      return forgotten;
    },
  };
};

const latestTime = (run: Run<unknown>): number => Math.max(placeInHistory(run), endOf(run) ?? Number.NEGATIVE_INFINITY);

/** When its last run was, as far as its ledger knows. */
const lastSeenAt = ({ ledger: { newest, lastCompleted } }: Tracked<unknown, unknown>): number =>
  Math.max(
    newest === undefined ? Number.NEGATIVE_INFINITY : latestTime(newest),
    lastCompleted?.completedAt ?? Number.NEGATIVE_INFINITY,
  );
