import { setMaxListeners } from 'node:events';
import { collectors as allCollectors } from './collectors/index.ts';
import type { Config, KnownNames, Target } from './config/config.ts';
import { compileFilter, EVERYTHING } from './config/filter.ts';
import { ConfigError } from './config/load.ts';
import { connectGlue } from './glue/client.ts';
import { accountOfRole } from './glue/credentials.ts';
import { REASONS } from './glue/reason.ts';
import { UNKNOWN_VALUE_FIELDS } from './glue/wire.ts';
import type { Log } from './log.ts';
import { createExposition } from './metrics/exposition.ts';
import { type TelemetryLabelValues, targetTelemetry } from './metrics/target-telemetry.ts';
import { createTelemetry } from './metrics/telemetry.ts';
import { createBudget } from './poll/budget.ts';
import { pollForever } from './poll/loop.ts';
import { createTargetPoll, type TargetPoll } from './poll/target-poll.ts';
import { memoryStore } from './state/ledger-store.ts';
import type { TargetStatus } from './status.ts';

/** The names that a config is checked against. */
export const knownNames: KnownNames = {
  collectors: allCollectors.map(({ name, tagFilterIamAction }) => ({
    name,
    tagFilter: tagFilterIamAction !== undefined,
  })),
  labels: new Set([
    'job',
    'instance',
    'aws_account_id',
    'aws_region',
    ...allCollectors.flatMap(({ entityLabel, families }) => [entityLabel, ...families.flatMap(f => f.labelNames)]),
  ]),
};

export interface ExporterOptions {
  readonly log: Log;
  readonly version: string;
  readonly nodeVersion: string;
  /** Named in complaints; undefined when there is none. */
  readonly configFile: string | undefined;
  /** Only for the demo: real credentials must not be sent to a simulator. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** The whole exporter without its web server: targets, their polls, and what they expose. */
export interface Exporter {
  /** Polls until stopped. */
  run(): Promise<void>;
  /** Polls until everything was polled once; false when any target failed. */
  pollOnce(): Promise<boolean>;
  /** The exposition in text format 0.0.4. Reads what is there: it asks AWS nothing and waits for no poll. */
  metrics(): Promise<string>;
  /** After the first complete poll of every target that can answer. */
  isReady(): boolean;
  status(): readonly TargetStatus[];
  /** Ends what is under way; run and pollOnce settle. */
  stop(): void;
}

/** Seconds since the process started; the clock of a process never goes back. */
const uptime = (): number => performance.now() / 1000;

const noRegion = (configFile: string | undefined, index: number): ConfigError => {
  if (configFile === undefined) {
    const message =
      'no AWS region is known; set AWS_REGION, such as AWS_REGION=eu-west-1, or try the demo, which needs no AWS account';
    return new ConfigError('aws-glue-exporter', [{ line: undefined, key: '', message }]);
  }
  const message = 'is not set, and the environment has no region; set it, or AWS_REGION';
  return new ConfigError(configFile, [{ line: undefined, key: `targets[${index}].region`, message }]);
};

/** Puts an exporter together; rejects with a ConfigError when a target's region cannot be told. Sends nothing to AWS yet. */
export const createExporter = async (config: Config, options: ExporterOptions): Promise<Exporter> => {
  const { log, version, nodeVersion, credentials } = options;
  const stopping = new AbortController();
  // Every request under way listens to it; Node would warn of a leak from the eleventh on.
  setMaxListeners(0, stopping.signal);
  const collectors = allCollectors.filter(({ name }) => config.collectors.includes(name));
  const telemetry = createTelemetry({ version, nodeVersion });
  telemetry.configLastReloadSuccessful.set(1);
  telemetry.configLastReloadSuccess.set(Date.now() / 1000);
  const exposition = createExposition(collectors, config.series.limit);
  const claimed = new Set<string>();
  const labelValues: TelemetryLabelValues = {
    collectors: config.collectors,
    operations: collectors
      .flatMap(({ iamActions, tagFilterIamAction }) => [...iamActions, tagFilterIamAction ?? []].flat())
      .map(action => action.replace(/^glue:/, '')),
    reasons: REASONS,
    unknownFields: UNKNOWN_VALUE_FIELDS,
  };

  const createTarget = async (target: Target, index: number): Promise<TargetPoll> => {
    const budget = createBudget(config.aws.requestsPerSecond);
    const warned = new Set<string>();
    const policy = {
      requestTimeoutSeconds: config.aws.requestTimeoutSeconds,
      maxAttempts: config.aws.maxAttempts,
      maxSockets: config.poll.concurrency,
    };
    const glue = connectGlue(target, policy, {
      observer: {
        requested: operation => own.requested(operation),
        failed: (operation, reason) => own.failed(operation, reason),
        unknownValue(field, value) {
          own.unknownValue(field);
          if (warned.has(field + value)) return;
          warned.add(field + value);
          targetLog.warn('AWS sent a value that this version does not know', { field, value });
        },
      },
      admit: budget.admit,
      signal: stopping.signal,
      credentials,
    });
    const region = await glue.region().catch((error: unknown) => {
      log.debug('The SDK found no region', { error: `${error}` });
      throw noRegion(options.configFile, index);
    });
    const own = targetTelemetry(telemetry, region, labelValues);
    const targetLog = log.with({ region, account: target.accountId ?? accountOfRole(target.roleArn) });
    stopping.signal.addEventListener('abort', () => glue.close());
    return createTargetPoll(
      {
        region,
        labels: target.labels,
        discoveryIntervalSeconds: config.poll.discoveryIntervalSeconds,
        timeoutSeconds: config.poll.timeoutSeconds,
        concurrency: config.poll.concurrency,
        collectors: collectors.map(collector => {
          const filter = target.filters[collector.name] ?? EVERYTHING;
          const { staleAfterSeconds } = config.series;
          return { collector, settings: { admits: compileFilter(filter), tags: filter.tags, staleAfterSeconds } };
        }),
      },
      {
        glue,
        store: memoryStore,
        exposition,
        telemetry: own,
        log: targetLog,
        onSeriesDropped: series => telemetry.seriesDropped.inc(series),
        onSaveFailed: () => telemetry.stateSaveFailures.inc(),
        claim(accountId) {
          const identity = `${accountId}/${region}`;
          const isFree = !claimed.has(identity);
          claimed.add(identity);
          return isFree;
        },
        localNow: () => Date.now() / 1000,
        uptime,
        signal: stopping.signal,
      },
    );
  };

  const targets = await Promise.all(config.targets.map(createTarget));

  return {
    async run() {
      const loop = { intervalSeconds: config.poll.intervalSeconds, uptime, signal: stopping.signal };
      await Promise.all(targets.map(target => pollForever(target, loop)));
    },
    async pollOnce() {
      await Promise.all(
        targets.map(async target => {
          do await target.poll();
          while (target.incomplete && target.status().up && !stopping.signal.aborted);
        }),
      );
      return !stopping.signal.aborted && targets.every(target => target.status().up);
    },
    async metrics() {
      telemetry.series.set(exposition.series);
      return exposition.text() + (await telemetry.text());
    },
    isReady: () => targets.every(({ settled }) => settled),
    status: () => targets.map(target => target.status()),
    stop: () => stopping.abort(),
  };
};
