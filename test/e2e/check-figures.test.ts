// What `check` says to expect, beside what the daemon then really sends and exposes.
import { describe, expect, it } from 'vitest';
import { platformWorld } from '../../src/simulator/platform.ts';
import { type Daemon, eventually, run, runExporter, startDaemon } from '../daemon.ts';
import { sampleValue } from '../exposition-parser.ts';
import { configFor, NOON, place, simulate } from './account.ts';

/** That of the demo. */
const world = platformWorld({ ...place, seed: 'demo', jobs: 60, workflows: 12, nowSeconds: NOON });

/** The number of a line such as "series  about 1,234 expected: …". */
const expectedIn = (stdout: string, kind: string): number =>
  Number(new RegExp(`^  ${kind} +about ([\\d,]+) `, 'm').exec(stdout)?.[1]?.replaceAll(',', ''));

const check = async (config: object): Promise<string> => {
  const { code, stdout } = await runExporter({ config, args: ['check'] }).exit;
  expect(code).toBe(0);
  return stdout;
};

interface Sent {
  /** A minute, as the clock had it: less where the machine is busy, for polls start late then. */
  readonly perMinute: number;
  /** A minute in which each poll starts on time, which is what `check` tells. */
  readonly perMinuteOnTime: number;
}

/** First polls start soon and move to their place in the interval, by a quarter of it at most each. */
const MOVING_POLLS = 4;

/** What so many polls send once they have their place in the interval, from the times of requests in epoch milliseconds. */
const sentBy = async (
  daemon: Daemon,
  requestTimes: readonly number[],
  polls: number,
  intervalSeconds: number,
): Promise<Sent> => {
  const ends = () =>
    daemon
      .logged()
      .filter(({ msg }) => msg === 'Poll ended')
      .map(({ time = '', started = '' }) => ({ at: Date.parse(time), startedAt: Date.parse(started) }));
  const pollsEnded = (number: number) =>
    daemon.log(`the end of poll ${number}`, () => (ends().length >= number ? true : undefined));
  const moved = ends().length + 1 + MOVING_POLLS;
  await pollsEnded(moved);
  const wanted = moved + polls;
  await pollsEnded(wanted);
  const [from, to] = [ends()[wanted - 1 - polls], ends()[wanted - 1]];
  if (from === undefined || to === undefined) throw new Error('no polls');
  const requests = requestTimes.filter(time => time > from.at && time <= to.at).length;
  return {
    perMinute: (requests * 60_000) / (to.startedAt - from.startedAt),
    perMinuteOnTime: (requests * 60) / (polls * intervalSeconds),
  };
};

/**
 * Has a process that does nothing else ask a URL at a rate, three at a time as the daemon here does, and with its budget; the
 * function it returns ends that and tells how many a second were answered.
 */
const measurePace = (url: string, perSecond: number): (() => Promise<number>) => {
  const script = `
    import { createBudget } from '${new URL('../../dist/poll/budget.js', import.meta.url)}';
    const budget = createBudget(${perSecond});
    const { signal } = new AbortController();
    const startedAt = performance.now();
    let answered = 0;
    process.once('SIGTERM', () => {
      process.stdout.write(String((answered * 1000) / (performance.now() - startedAt)), () => process.exit());
    });
    const ask = async () => {
      for (;;) {
        await budget.admit(signal);
        await (await fetch('${url}')).arrayBuffer();
        answered += 1;
      }
    };
    await Promise.all([ask(), ask(), ask()]);`;
  const { process: child, exit } = run(process.execPath, ['--input-type=module', '-e', script]);
  return async () => {
    child.kill('SIGTERM');
    return Number((await exit).stdout);
  };
};

const apart = (told: number, real: number): number => Math.abs(told - real) / real;

describe('the figures of check', () => {
  it('are what the daemon sends and exposes, within 3% and 5%, while there is room for everything', async () => {
    const requestTimes: number[] = [];
    const simulator = await simulate([world], { onRequest: (_operation, _account, at) => void requestTimes.push(at) });
    const config = configFor(simulator, { poll: { interval: '2s', discovery_interval: '8s' } });
    const told = await check(config);
    const daemon = await startDaemon({ config });
    await daemon.ready();
    // Two listings, each with the fifth poll after the last.
    const { perMinute, perMinuteOnTime } = await sentBy(daemon, requestTimes, 10, 2);
    const series = sampleValue(await daemon.scrape(), 'aws_glue_exporter_series') ?? Number.NaN;
    process.stderr.write(
      `check: ${expectedIn(told, 'requests')} requests a minute expected, ${perMinuteOnTime.toFixed(1)} sent on time, ${perMinute.toFixed(1)} by the clock; ${expectedIn(told, 'series')} series expected, ${series} exposed\n`,
    );
    expect(apart(expectedIn(told, 'requests'), perMinuteOnTime)).toBeLessThan(0.03);
    expect(perMinute).toBeLessThan(1.03 * expectedIn(told, 'requests'));
    expect(apart(expectedIn(told, 'series'), series)).toBeLessThan(0.05);
  }, 180_000);

  // A poll of it is 23 requests at most, each due a tenth of a second after the one before: fewer where the machine is busy.
  it('are what the daemon sends, within 15%, and how old anything may get, when the budget is too small', async () => {
    const smaller = platformWorld({ ...place, seed: 1, jobs: 28, workflows: 12, nowSeconds: NOON });
    const requestTimes: number[] = [];
    const simulator = await simulate([smaller], {
      onRequest: (_operation, _account, at) => void requestTimes.push(at),
    });
    const config = configFor(simulator, {
      poll: { interval: '3s', timeout: '2s', discovery_interval: '8s', concurrency: 3 },
      aws: { requests_per_second: 10 },
    });
    const told = await check(config);
    const daemon = await startDaemon({ config });
    await daemon.ready();
    const toldLimit = Number(/but within (\d+)s at the latest/.exec(told)?.[1]);
    const runsOfJobs = { collector: 'jobs', data: 'runs' };
    const ageLimit = async () =>
      sampleValue(await daemon.scrape(), 'aws_glue_exporter_read_age_limit_seconds', runsOfJobs);
    const pace = measurePace(simulator.endpoint, 10);
    const [{ sent, share }, limit] = await Promise.all([
      sentBy(daemon, requestTimes, 6, 3).then(async polls => ({ sent: polls, share: (await pace()) / 10 })),
      // The first polls have read more of each history, and the daemon forgets that with time.
      eventually(
        'the age limit to settle',
        async () => {
          const seconds = (await ageLimit()) ?? Number.NaN;
          return apart(toldLimit, seconds) < 0.1 ? seconds : undefined;
        },
        90_000,
      ),
    ]);
    process.stderr.write(
      `check: ${expectedIn(told, 'requests')} requests a minute expected, ${(100 * share).toFixed(1)}% of the rate reached by a process of its own, ${sent.perMinuteOnTime.toFixed(1)} sent on time, ${sent.perMinute.toFixed(1)} by the clock; ${toldLimit}s old at most, ${limit}s told by the daemon\n`,
    );
    expect(apart(expectedIn(told, 'requests') * share, sent.perMinuteOnTime)).toBeLessThan(0.15);
    expect(sent.perMinute).toBeLessThan(1.15 * expectedIn(told, 'requests'));
  }, 180_000);
});
