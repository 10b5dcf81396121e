// A target that polls fake collectors over a fake Glue, on a clock that the test sets.
import { type AnyCollector, statefulCollectors } from '../../src/collectors/collector.ts';
import type { Call, Glue } from '../../src/glue/glue.ts';
import { createLog } from '../../src/log.ts';
import { createExposition, type Exposition } from '../../src/metrics/exposition.ts';
import { targetTelemetry } from '../../src/metrics/target-telemetry.ts';
import { createTelemetry } from '../../src/metrics/telemetry.ts';
import { createFailureBoard } from '../../src/poll/failure-board.ts';
import { createTargetPoll, type TargetPoll } from '../../src/poll/target-poll.ts';
import { createWatchdog } from '../../src/poll/watchdog.ts';
import { type DurableMap, memoryMap } from '../../src/state/durable-map.ts';
import { createLedgerStore } from '../../src/state/ledger-store.ts';
import { parseExposition } from '../exposition-parser.ts';

/** AWS's time at uptime 0 of the first process. */
export const NOW = 1_700_000_000;

export interface FakeTargetOptions {
  readonly collectors: readonly AnyCollector[];
  readonly intervalSeconds?: number;
  readonly timeoutSeconds?: number;
  readonly discoveryIntervalSeconds?: number;
  readonly staleAfterSeconds?: number;
  readonly requestsPerSecond?: number;
  readonly concurrency?: number;
  readonly secondsPerRequest?: number;
  readonly state?: DurableMap;
  /** AWS's time at uptime 0 of this process. */
  readonly bootedAt?: number;
  readonly admits?: (name: string) => boolean;
}

export interface FakeTarget {
  readonly target: TargetPoll;
  readonly lines: readonly string[];
  /** How often an entity was rendered. */
  readonly renderings: number;
  /** Requests that were sent. */
  readonly sent: number;
  /** Seconds since the start of the process. */
  uptime: number;
  /** AWS's time, which is the local one. */
  now(): number;
  /** Polls at an uptime. */
  pollAt(uptime: number): Promise<void>;
  /** All samples of a family. */
  samples(
    name: string,
  ): Promise<readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[]>;
  /** The value of a series, by name and some of its labels; undefined when it is not exposed. */
  value(name: string, labels?: Readonly<Record<string, string>>): Promise<number | undefined>;
}

export const fakeTarget = (options: FakeTargetOptions): FakeTarget => {
  const { collectors, bootedAt = NOW, secondsPerRequest = 0 } = options;
  const telemetry = createTelemetry({ version: 'test', nodeVersion: 'test' });
  const own = targetTelemetry(telemetry, 'eu-west-1', {}, { collectors: collectors.map(({ name }) => name) });
  const lines: string[] = [];
  const exposition = createExposition(collectors, 1_000_000);
  let renderings = 0;
  let sent = 0;
  const clock = { uptime: 0 };
  const counting: Exposition = {
    ...exposition,
    put(group, key, entity) {
      renderings += 1;
      return exposition.put(group, key, entity);
    },
  };
  const call: Call = async (_operation, _input, read) => {
    sent += 1;
    clock.uptime += secondsPerRequest;
    return read({}, undefined);
  };
  const now = (): number => bootedAt + clock.uptime;
  const glue: Glue = {
    call,
    now,
    earliestNow: now,
    isTimeConfirmed: () => true,
    observer: { requested: () => {}, failed: () => {}, unknownValue: () => {} },
    region: async () => 'eu-west-1',
    accountId: async () => '111122223333',
    close: () => {},
  };
  const uptime = (): number => clock.uptime;
  const target = createTargetPoll(
    {
      region: 'eu-west-1',
      labels: () => ({}),
      intervalSeconds: options.intervalSeconds ?? 60,
      discoveryIntervalSeconds: options.discoveryIntervalSeconds ?? 300,
      timeoutSeconds: options.timeoutSeconds ?? 50,
      concurrency: options.concurrency ?? 1,
      collectors: collectors.map(collector => ({
        collector,
        settings: {
          admits: (_target, name) => options.admits?.(name) ?? true,
          tags: undefined,
          staleAfterSeconds: options.staleAfterSeconds ?? 900,
          startGraceSeconds: 120,
        },
      })),
    },
    {
      glue,
      store: createLedgerStore(options.state ?? memoryMap(), statefulCollectors(collectors), { uptime }),
      exposition: counting,
      failures: createFailureBoard(),
      telemetry: own,
      log: createLog({ level: 'info', format: 'logfmt', write: line => lines.push(line) }),
      requests: () => ({ sent, perSecond: options.requestsPerSecond ?? 10 }),
      onSeriesDropped: series => telemetry.seriesDropped.inc(series),
      countingSince: 0,
      watchdog: createWatchdog(() => Number.POSITIVE_INFINITY, uptime),
      claim: () => true,
      localNow: now,
      uptime,
      signal: new AbortController().signal,
    },
  );
  const faked: FakeTarget = {
    target,
    lines,
    get renderings() {
      return renderings;
    },
    get sent() {
      return sent;
    },
    get uptime() {
      return clock.uptime;
    },
    set uptime(seconds) {
      clock.uptime = seconds;
    },
    now,
    async pollAt(at) {
      clock.uptime = Math.max(clock.uptime, at);
      await target.poll();
    },
    async samples(name) {
      const text = Buffer.concat(exposition.plain('text')).toString() + (await telemetry.render('text', 0));
      return parseExposition(text)
        .flatMap(family => family.samples)
        .filter(sample => sample.name === name);
    },
    async value(name, labels = {}) {
      const wanted = Object.entries(labels);
      const found = (await faked.samples(name)).find(sample =>
        wanted.every(([key, value]) => sample.labels[key] === value),
      );
      return found?.value;
    },
  };
  return faked;
};
