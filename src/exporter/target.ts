import { collectorsWith } from '../collectors/selection.ts';
import type { Config, Target } from '../config/config.ts';
import { targetLabels } from '../config/labels.ts';
import { accountOfRole } from '../glue/credentials.ts';
import type { Exposition } from '../metrics/exposition.ts';
import { targetTelemetry } from '../metrics/target-telemetry.ts';
import type { Telemetry } from '../metrics/telemetry.ts';
import type { RequestBudget } from '../poll/budget.ts';
import type { FailureBoard } from '../poll/failure-board.ts';
import { jitteredStart, pollForever } from '../poll/loop.ts';
import { createTargetPoll, type TargetPoll } from '../poll/target-poll.ts';
import type { Watchdog } from '../poll/watchdog.ts';
import { formatShard, type Shard, spread } from '../shard.ts';
import type { LedgerStore } from '../state/ledger-store.ts';
import { entityFilter } from './entity-filter.ts';
import { observeRequests } from './request-observer.ts';
import type { BudgetScope } from './stopped-budgets.ts';
import { type ConnectionOptions, connectTarget } from './target-connection.ts';

/** What a target's series and polls depend on: two targets with the same settings are the same target. */
export interface TargetSettings {
  readonly target: Target;
  readonly collectors: Config['collectors'];
  /** Names of the families that are exposed. */
  readonly families: Config['metrics']['families'];
  readonly series: Config['series'];
}

/** What all targets share. */
export interface TargetsShare extends ConnectionOptions {
  readonly telemetry: Telemetry;
  readonly exposition: Exposition;
  readonly store: LedgerStore;
  readonly failures: FailureBoard;
  /** Takes an account and region for a target; false when another target has it already. */
  readonly claim: (accountId: string, region: string) => boolean;
}

/** When a new target starts. */
export interface TargetStart {
  /** How many targets are started together. */
  readonly startedTogether: number;
  /** Uptime from which on runs of targets are counted that were never seen before. */
  readonly countingSince: number;
}

/** A target that is polled. */
export interface RunningTarget {
  readonly region: string;
  readonly collectors: readonly string[];
  /** Undefined until it is known. */
  readonly accountId: string | undefined;
  readonly poll: TargetPoll;
  /** Labels of its own series, which name its account and region too. */
  readonly seriesLabels: string;
  readonly budgetScope: BudgetScope;
  readonly budget: Pick<RequestBudget, 'history' | 'continueFrom'>;
  /** Polls until stopped. */
  run(): Promise<void>;
  /** Why it looks as if it would never come to an end; undefined while it does not. */
  stuck(): string | undefined;
  /** Brings what is exposed of the target itself up to date. */
  refreshTelemetry(): void;
  /** Ends what is under way; run settles. Its series stay. */
  stop(): void;
  /** Removes what is true of it only while it is polled, except that of collectors which another target goes on with. */
  withdraw(options: { readonly keptCollectors: readonly string[] | undefined }): void;
}

/** Connects a target; sends nothing to AWS yet. Rejects with a NoRegionError or an EnvironmentError. */
export const createTarget = async (
  settings: TargetSettings,
  shared: TargetsShare,
  { startedTogether, countingSince }: TargetStart,
): Promise<RunningTarget> => {
  const { target } = settings;
  const { poll } = target;
  const { telemetry, shard, uptime } = shared;
  const connection = await connectTarget(target, shared);
  const { glue, region, budget, watchdog, signal } = connection;
  const expectedAccountId = target.accountId ?? accountOfRole(target.roleArn);
  const labelsOf = (accountId: string | undefined) => targetLabels(target, { accountId, region });
  const collectors = collectorsOf(settings);
  const own = targetTelemetry(telemetry, region, labelsOf(expectedAccountId), {
    collectors: settings.collectors,
    results: Object.fromEntries(collectors.map(({ name, results }) => [name, results.map(result => result.name)])),
  });
  const log = shared.log.with({ region, account: expectedAccountId });
  const { fullRequestsPerSecond } = connection;
  const observer = observeRequests({ telemetry: own, budget, fullRequestsPerSecond, log });
  connection.observe(observer);

  const targetPoll = createTargetPoll(
    {
      region,
      labels: labelsOf,
      intervalSeconds: poll.intervalSeconds,
      discoveryIntervalSeconds: poll.discoveryIntervalSeconds,
      timeoutSeconds: poll.timeoutSeconds,
      concurrency: poll.concurrency,
      collectors: collectors.map(collector => ({
        collector,
        settings: collectorSettings(settings, collector.name, shard),
      })),
    },
    {
      glue,
      store: shared.store,
      exposition: shared.exposition,
      failures: shared.failures,
      telemetry: own,
      log,
      requests: () => ({ sent: observer.sent, perSecond: budget.requestsPerSecond }),
      onSeriesDropped: dropped => telemetry.seriesDropped.inc(dropped),
      claim: accountId => shared.claim(accountId, region),
      countingSince,
      watchdog,
      localNow: () => Date.now() / 1000,
      uptime,
      signal,
    },
  );

  /** Always the same for a target; different for shards, which share the account. */
  const phase = spread(`${expectedAccountId}/${region}/${formatShard(shard)}`);
  return {
    region,
    collectors: settings.collectors,
    get accountId() {
      return targetPoll.accountId;
    },
    poll: targetPoll,
    get seriesLabels() {
      return own.labels;
    },
    get budgetScope() {
      return { region, accountId: targetPoll.accountId ?? expectedAccountId };
    },
    budget,
    run: () =>
      pollForever(targetPoll, {
        startDelaySeconds: jitteredStart(poll.intervalSeconds, Math.random(), startedTogether),
        intervalSeconds: poll.intervalSeconds,
        phaseSeconds: phase * poll.intervalSeconds,
        uptime,
        signal,
      }),
    stuck: () => whyStuck(watchdog, region, targetPoll.accountId),
    refreshTelemetry: () => own.budget(budget.requestsPerSecond),
    stop: connection.close,
    withdraw: ({ keptCollectors }) => own.withdraw(keptCollectors),
  };
};

const collectorsOf = ({ families, collectors }: TargetSettings) =>
  collectorsWith(families).filter(({ name }) => collectors.includes(name));

const collectorSettings = ({ target, series }: TargetSettings, collector: string, shard: Shard) => ({
  ...entityFilter(target, collector, shard),
  staleAfterSeconds: series.staleAfterSeconds,
  // Late by a poll, and seen with the next.
  startGraceSeconds: 2 * target.poll.intervalSeconds,
  stoppedIsFailure: target.stoppedIsFailure,
});

const whyStuck = (watchdog: Watchdog, region: string, accountId = 'an account not known yet'): string | undefined => {
  const seconds = watchdog.stuckSeconds();
  if (seconds === undefined) return undefined;
  return `the poll of ${accountId} in ${region} has made no progress for ${Math.floor(seconds)}s`;
};
