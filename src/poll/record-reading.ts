import { type Counting, type EntityDefinition, rulesOf } from '../collectors/collector.ts';
import type { Log } from '../log.ts';
import type { EntityId } from '../runs/failures.ts';
import { type Folded, fold } from '../runs/fold.ts';
import type { RunErrors } from '../runs/history.ts';
import { type CountingRules, exposesTheSame, type Ledger, type Reading } from '../runs/ledger.ts';
import { noRuns, type Recent, withoutLost, withRuns } from '../runs/recent.ts';
import { expectedStart } from '../runs/rhythm.ts';
import type { CollectorLedgers } from '../state/ledger-store.ts';
import type { CollectorDependencies, CollectorSettings } from './collector-poll.ts';
import { statusOf, type Tracked } from './entity.ts';
import type { IdentifiedTarget } from './identified-target.ts';
import { loggedName, logRuns, reasonsOf } from './run-log.ts';

/** What was read of one entity. */
export interface EntityReading<Facts> {
  readonly reading: Reading<Facts>;
  readonly errors: RunErrors;
}

/** Enters readings into the ledgers of one collector's entities on one target. */
export interface Recorder<Definition, Facts> {
  /**
   * Folds a reading into the ledger of an entity, saves it, counts its runs in the exporter's own metrics, logs, and exposes what has
   * changed. Rejects, with the entity as it was, when the ledger could not be saved.
   */
  record(
    target: IdentifiedTarget,
    ledgers: CollectorLedgers<Facts> | undefined,
    entity: Tracked<Definition, Facts>,
    read: EntityReading<Facts>,
  ): Promise<void>;
  /** The time before which completed runs of an entity are not counted. */
  epochOf(target: IdentifiedTarget, ledgers: CollectorLedgers<Facts> | undefined, name: string): number;
}

/** `show` is called with entities of which something that is exposed has changed. */
export const createRecorder = <Definition extends EntityDefinition, Facts>(
  collector: Counting<Definition, Facts> & { readonly name: string },
  settings: Pick<CollectorSettings, 'startGraceSeconds' | 'stoppedIsFailure'>,
  { glue, failures, telemetry }: Pick<CollectorDependencies, 'glue' | 'failures' | 'telemetry'>,
  log: Log,
  show: (target: IdentifiedTarget, entity: Tracked<Definition, Facts>) => void,
): Recorder<Definition, Facts> => {
  const { stoppedIsFailure = false } = settings;
  type Entity = Tracked<Definition, Facts>;

  const epochOf: Recorder<Definition, Facts>['epochOf'] = (target, ledgers, name) =>
    ledgers?.epochOf(name) ?? target.epoch;

  /** Counts what the entity's ledger does not have yet. */
  const countRuns = ({ definition, ledger: before }: Entity, ledger: Ledger<Facts>): void => {
    for (const [key, total] of Object.entries(ledger.totals)) {
      const result = collector.resultOf(key, definition);
      const counted = total - (before.totals[key] ?? 0);
      if (result !== undefined && counted > 0) telemetry.runsCounted(collector.name, result, counted);
    }
  };

  /** The entity's latest runs as people see them. */
  const recentOf = (entity: Entity, { ledger, lost, runs }: Folded<Facts>, isRecreated: boolean): Recent => {
    const recent = withRuns((isRecreated ? undefined : entity.recent) ?? noRuns, runs, collector.describe);
    return lost === 0 ? recent : withoutLost(recent, Object.keys(ledger.active));
  };

  /** Brings what people are shown of an entity up to date, and logs what they look for. */
  const describe = (id: EntityId, entity: Entity, folded: Folded<Facts>, errors: RunErrors): void => {
    const { name } = id;
    const { ledger, lost, failed, others } = folded;
    const isRecreated = entity.ledger.createdAt !== undefined && ledger.createdAt !== entity.ledger.createdAt;
    if (isRecreated) {
      log.info('Recreated under the same name', { name: loggedName(name), created_at: ledger.createdAt });
      failures.forget(id);
    }
    const before = entity.waitingReasons;
    const waiting = reasonsOf(ledger, errors);
    const recent = recentOf(entity, folded, isRecreated);
    const isChanged = ledger !== entity.ledger || recent !== entity.recent || !hasSameValues(waiting, before);
    entity.ledger = ledger;
    entity.recent = recent;
    entity.waitingReasons = waiting;
    logRuns(log, loggedName(name), { failed, others, errors, waiting, before }, collector);
    if (isChanged) entity.status = statusOf(id, entity, collector.restartState?.(entity.definition) !== undefined);
    if (lost === 0) return;
    telemetry.runsLost(collector.name, lost);
    log.warn('Runs vanished from Glue before their end was seen', { name: loggedName(name), runs: lost });
  };

  const rulesFor = (entity: Entity, epoch: number): CountingRules<Facts> =>
    rulesOf(collector, entity.definition, { epoch, stoppedIsFailure });

  return {
    async record(target, ledgers, entity, { reading, errors }) {
      const { name } = entity.definition;
      const id = { accountId: target.accountId, region: target.region, collector: collector.name, name };
      const rules = rulesFor(entity, epochOf(target, ledgers, name));
      const folded = fold(entity.ledger, reading, rules);
      const { ledger, runs } = folded;
      if (ledger !== entity.ledger) {
        await ledgers?.save(name, ledger);
        countRuns(entity, ledger);
      }
      const isUnchanged = entity.published !== undefined && exposesTheSame(entity.ledger, ledger);
      describe(id, entity, folded, errors);
      failures.read(id, runs, errors, glue.now(), rules);
      // Not when a poll is planned: with ten thousand entities that would be too much at a time.
      entity.expected = expectedStart(ledger.starts ?? [], glue.now(), settings.startGraceSeconds);
      if (!isUnchanged) show(target, entity);
    },
    epochOf,
  };
};

const hasSameValues = (a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean => {
  for (const key in a) if (a[key] !== b[key]) return false;
  for (const key in b) if (!(key in a)) return false;
  return true;
};
