import { setMaxListeners } from 'node:events';
import { collectorsWith } from '../collectors/selection.ts';
import type { Config, Target } from '../config/config.ts';
import { targetLabels } from '../config/labels.ts';
import { connectGlue } from '../glue/client.ts';
import { accountOfRole, type StaticCredentials } from '../glue/credentials.ts';
import { EnvironmentError, type Variables } from '../glue/environment.ts';
import { openNetwork } from '../glue/network.ts';
import type { Log } from '../log.ts';
import type { Exposition } from '../metrics/exposition.ts';
import { targetTelemetry } from '../metrics/target-telemetry.ts';
import type { Telemetry } from '../metrics/telemetry.ts';
import { createBudget, type RequestBudget } from '../poll/budget.ts';
import type { FailureBoard } from '../poll/failure-board.ts';
import type { InFlight } from '../poll/in-flight.ts';
import { jitteredStart, pollForever } from '../poll/loop.ts';
import { createTargetPoll, type TargetPoll } from '../poll/target-poll.ts';
import { createWatchdog } from '../poll/watchdog.ts';
import { formatShard, type Shard, spread } from '../shard.ts';
import type { LedgerStore } from '../state/ledger-store.ts';
import { admissionTo } from './admission.ts';
import type { BudgetScope } from './stopped-budgets.ts';

/** What a target's series and polls depend on: two targets with the same settings are the same target. */
export interface TargetSettings {
  readonly target: Target;
  readonly collectors: Config['collectors'];
  /** Names of the families that are exposed. */
  readonly families: Config['metrics']['families'];
  readonly series: Config['series'];
}

/** What all targets share. */
export interface Shared {
  readonly log: Log;
  readonly telemetry: Telemetry;
  readonly exposition: Exposition;
  readonly store: LedgerStore;
  readonly failures: FailureBoard;
  /** Takes an account and region for a target; false when another target has it already. */
  readonly claim: (accountId: string, region: string) => boolean;
  /** Only for the demo: real credentials must not be sent to a simulator. */
  readonly credentials: StaticCredentials | undefined;
  /** Of the process: proxies, authorities, profiles. */
  readonly variables: Variables;
  readonly shard: Shard;
  /** Bounds the requests in flight of all targets. */
  readonly inFlight: InFlight;
  /** How many targets are started together. */
  readonly startedTogether: number;
  /** Uptime from which on runs of targets are counted that were never seen before. */
  readonly countingSince: number;
  /** Seconds since the process started, on a clock that only runs forward. */
  readonly uptime: () => number;
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

/** Thrown when neither the config nor the environment says where a target is. */
export class NoRegionError extends Error {
  override readonly name = 'NoRegionError';
}

/** A poll that sends nothing and does not end for so long, beyond what request time-outs and budget explain, is stuck. */
const STUCK_AFTER_SECONDS = 300;

/** Connects a target; sends nothing to AWS yet. Rejects with a NoRegionError or an EnvironmentError. */
export const createTarget = async (settings: TargetSettings, shared: Shared): Promise<RunningTarget> => {
  const { target, series } = settings;
  const { poll, aws } = target;
  const { telemetry, log, uptime } = shared;
  const stopping = new AbortController();
  // Every request under way listens to it; Node would warn of a leak from the eleventh on.
  setMaxListeners(0, stopping.signal);
  const collectors = collectorsWith(settings.families).filter(({ name }) => settings.collectors.includes(name));
  // The account's budget is shared by all shards.
  const requestsPerSecond = aws.requestsPerSecond / shared.shard.shards;
  const budget = createBudget(requestsPerSecond, undefined, shared.inFlight);
  let sent = 0;
  const warned = new Set<string>();
  const longestPauseSeconds = (): number => aws.requestTimeoutSeconds + 1 / budget.leastPerSecond;
  const watchdog = createWatchdog(() => STUCK_AFTER_SECONDS + longestPauseSeconds(), uptime);

  const { variables } = shared;
  const network = await openNetwork(variables, target.profile);
  const glue = connectGlue(
    target,
    {
      requestTimeoutSeconds: aws.requestTimeoutSeconds,
      maxAttempts: aws.maxAttempts,
      maxSockets: poll.concurrency,
    },
    {
      observer: {
        requested(operation) {
          sent += 1;
          own.requested(operation);
        },
        failed(operation, reason) {
          own.failed(operation, reason);
          if (reason !== 'throttled') return;
          const isNew = budget.requestsPerSecond === requestsPerSecond;
          budget.throttled();
          const left = Math.round(budget.requestsPerSecond * 100) / 100;
          if (isNew) targetLog.warn('Throttled by AWS, reducing request rate', { requests_per_second: left });
        },
        unknownValue(field, value) {
          own.unknownValue(field);
          if (warned.has(field + value)) return;
          warned.add(field + value);
          targetLog.warn('AWS sent a value that this version does not know', { field, value });
        },
      },
      async admit(signal, over) {
        await budget.admit(signal, over);
        watchdog.progress();
      },
      signal: stopping.signal,
      credentials: shared.credentials,
      network,
      variables,
    },
  );
  const region = await glue.region().catch((error: unknown) => {
    if (error instanceof EnvironmentError) throw error;
    log.debug('The SDK found no region', { error: `${error}` });
    throw new NoRegionError('no AWS region is known');
  });
  const expectedAccountId = target.accountId ?? accountOfRole(target.roleArn);
  const labelsOf = (accountId: string | undefined) => targetLabels(target, { accountId, region });
  const own = targetTelemetry(telemetry, region, labelsOf(expectedAccountId), {
    collectors: settings.collectors,
    results: Object.fromEntries(collectors.map(({ name, results }) => [name, results.map(result => result.name)])),
  });
  /** Always the same for a target; different for shards, which share the account. */
  const phase = spread(`${expectedAccountId}/${region}/${formatShard(shared.shard)}`);
  const targetLog = log.with({ region, account: expectedAccountId });

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
        settings: {
          ...admissionTo(target, collector.name, shared.shard),
          staleAfterSeconds: series.staleAfterSeconds,
          // Late by a poll, and seen with the next.
          startGraceSeconds: 2 * poll.intervalSeconds,
          stoppedIsFailure: target.stoppedIsFailure,
        },
      })),
    },
    {
      glue,
      store: shared.store,
      exposition: shared.exposition,
      failures: shared.failures,
      telemetry: own,
      log: targetLog,
      requests: () => ({ sent, perSecond: budget.requestsPerSecond }),
      onSeriesDropped: dropped => telemetry.seriesDropped.inc(dropped),
      claim: accountId => shared.claim(accountId, region),
      countingSince: shared.countingSince,
      watchdog,
      localNow: () => Date.now() / 1000,
      uptime,
      signal: stopping.signal,
    },
  );

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
        startDelaySeconds: jitteredStart(poll.intervalSeconds, Math.random(), shared.startedTogether),
        intervalSeconds: poll.intervalSeconds,
        phaseSeconds: phase * poll.intervalSeconds,
        uptime,
        signal: stopping.signal,
      }),
    stuck() {
      const seconds = watchdog.stuckSeconds();
      if (seconds === undefined) return undefined;
      const { accountId = 'an account not known yet' } = targetPoll;
      return `the poll of ${accountId} in ${region} has made no progress for ${Math.floor(seconds)}s`;
    },
    refreshTelemetry: () => own.budget(budget.requestsPerSecond),
    stop() {
      stopping.abort();
      glue.close();
    },
    withdraw: ({ keptCollectors }) => own.withdraw(keptCollectors),
  };
};
