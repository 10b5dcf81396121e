import { statefulCollectors } from '../../src/collectors/collector.ts';
import { connectGlue } from '../../src/glue/client.ts';
import { createLog, type LogLevel } from '../../src/log.ts';
import { createExposition, type Exposition } from '../../src/metrics/exposition.ts';
import { targetTelemetry } from '../../src/metrics/target-telemetry.ts';
import { createTelemetry } from '../../src/metrics/telemetry.ts';
import { createFailureBoard, type FailureBoard } from '../../src/poll/failure-board.ts';
import { createTargetPoll, type TargetPoll } from '../../src/poll/target-poll.ts';
import { createWatchdog } from '../../src/poll/watchdog.ts';
import type { Simulator } from '../../src/simulator/server.ts';
import { type DurableMap, memoryMap } from '../../src/state/durable-map.ts';
import { createLedgerStore } from '../../src/state/ledger-store.ts';
import { parseExposition } from '../exposition-parser.ts';
import { collectorsInUse as collectors } from '../truth/index.ts';

export interface PolledTargetOptions {
  readonly concurrency?: number;
  readonly intervalSeconds?: number;
  /** What the request budget is said to be; it is not enforced. */
  readonly requestsPerSecond?: number;
  readonly timeoutSeconds?: number;
  readonly discoveryIntervalSeconds?: number;
  readonly staleAfterSeconds?: number;
  readonly requestTimeoutSeconds?: number;
  readonly seriesLimit?: number;
  readonly stoppedIsFailure?: boolean;
  readonly state?: DurableMap;
  readonly claim?: () => boolean;
  /** Called before every request. */
  readonly onRequest?: () => void;
  /** Called when a request is sent. */
  readonly onOperation?: (operation: string) => void;
  /** Called when the poll waits until scrapes show what it found. */
  readonly onRefresh?: () => void;
  readonly logLevel?: LogLevel;
}

/** A target that polls a simulator, on a clock that the test sets. */
export interface PolledTarget {
  readonly target: TargetPoll;
  readonly failures: FailureBoard;
  readonly lines: readonly string[];
  /** How often an entity was rendered anew. */
  readonly renderings: number;
  /** Seconds since the start. */
  uptime: number;
  /** The value of a series of the target, by name and some of its labels; undefined when it is not exposed. */
  value(name: string, labels?: Readonly<Record<string, string>>): Promise<number | undefined>;
  stop(): void;
}

const text = (exposition: Exposition): string => Buffer.concat(exposition.plain('text')).toString();

export const pollSimulator = (simulator: Simulator, options: PolledTargetOptions = {}): PolledTarget => {
  const telemetry = createTelemetry({ version: 'test', nodeVersion: 'test' });
  const own = targetTelemetry(
    telemetry,
    'eu-west-1',
    {},
    {
      collectors: collectors.map(({ name }) => name),
      results: Object.fromEntries(collectors.map(({ name, results }) => [name, results.map(result => result.name)])),
    },
  );
  const lines: string[] = [];
  const log = createLog({ level: options.logLevel ?? 'info', format: 'logfmt', write: line => lines.push(line) });
  const stopping = new AbortController();
  const exposition = createExposition(collectors, options.seriesLimit ?? 1_000_000);
  let renderings = 0;
  let sent = 0;
  const counting: Exposition = {
    ...exposition,
    put(group, key, entity) {
      renderings += 1;
      return exposition.put(group, key, entity);
    },
    refreshed() {
      options.onRefresh?.();
      return exposition.refreshed();
    },
  };
  const glue = connectGlue(
    {
      region: 'eu-west-1',
      roleArn: undefined,
      externalId: undefined,
      accountId: undefined,
      endpoint: simulator.endpoint,
      stsEndpoint: simulator.endpoint,
    },
    { requestTimeoutSeconds: options.requestTimeoutSeconds ?? 5, maxAttempts: 1, maxSockets: 8 },
    {
      observer: {
        ...own,
        requested(operation) {
          options.onOperation?.(operation);
          own.requested(operation);
        },
      },
      admit: async () => {
        sent += 1;
        options.onRequest?.();
      },
      signal: stopping.signal,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    },
  );
  const failures = createFailureBoard();
  const polled: PolledTarget = {
    lines,
    failures,
    get renderings() {
      return renderings;
    },
    uptime: 0,
    async value(name, labels = {}) {
      const families = parseExposition(text(exposition) + (await telemetry.render('text', 0)));
      const samples = families.flatMap(family => family.samples).filter(sample => sample.name === name);
      const wanted = Object.entries(labels);
      return samples.find(sample => wanted.every(([key, value]) => sample.labels[key] === value))?.value;
    },
    stop: () => {
      stopping.abort();
      glue.close();
    },
    target: createTargetPoll(
      {
        region: 'eu-west-1',
        labels: () => ({}),
        intervalSeconds: options.intervalSeconds ?? 60,
        discoveryIntervalSeconds: options.discoveryIntervalSeconds ?? 0,
        timeoutSeconds: options.timeoutSeconds ?? 1_000,
        concurrency: options.concurrency ?? 8,
        collectors: collectors.map(collector => ({
          collector,
          settings: {
            admits: () => true,
            tags: undefined,
            staleAfterSeconds: options.staleAfterSeconds ?? 900,
            startGraceSeconds: 120,
            stoppedIsFailure: options.stoppedIsFailure ?? false,
          },
        })),
      },
      {
        glue,
        store: createLedgerStore(options.state ?? memoryMap(), statefulCollectors(collectors), {
          onSaveFailed: () => telemetry.stateSaveFailures.inc(),
        }),
        exposition: counting,
        failures,
        telemetry: own,
        log,
        requests: () => ({ sent, perSecond: options.requestsPerSecond ?? Number.POSITIVE_INFINITY }),
        onSeriesDropped: series => telemetry.seriesDropped.inc(series),
        countingSince: 0,
        watchdog: createWatchdog(
          () => Number.POSITIVE_INFINITY,
          () => polled.uptime,
        ),
        claim: options.claim ?? (() => true),
        localNow: () => 1_700_000_000 + polled.uptime,
        uptime: () => polled.uptime,
        signal: stopping.signal,
      },
    ),
  };
  return polled;
};
