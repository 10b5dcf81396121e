// What `check` says to expect, beside what the daemon then really sends and exposes.
import { describe, expect, it } from 'vitest';
import { platformWorld } from '../../src/simulator/platform.ts';
import type { Simulator } from '../../src/simulator/server.ts';
import { type Daemon, eventually, runExporter, startDaemon } from '../daemon.ts';
import { sampleValue } from '../exposition-parser.ts';
import { configFor, NOON, place, requestsTo, simulate } from './account.ts';

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

/** What so many polls send, a minute. Requests are counted between the ends of polls, when none is under way. */
const sentPerMinute = async (daemon: Daemon, simulator: Simulator, polls: number): Promise<number> => {
  const ends = () => daemon.logged().filter(({ msg }) => msg === 'Poll ended');
  const untilEnd = async (count: number) => {
    await daemon.log(`the end of poll ${count}`, () => (ends().length >= count ? true : undefined));
    const { time = '', seconds } = ends()[count - 1] ?? {};
    return { requests: requestsTo(simulator), startedAt: Date.parse(time) / 1000 - Number(seconds) };
  };
  const from = await untilEnd(ends().length + 1);
  const to = await untilEnd(ends().length + polls);
  return ((to.requests - from.requests) * 60) / (to.startedAt - from.startedAt);
};

const apart = (told: number, real: number): number => Math.abs(told - real) / real;

describe('the figures of check', () => {
  it('are what the daemon sends and exposes, within 3% and 5%, while there is room for everything', async () => {
    const simulator = await simulate([world]);
    const config = configFor(simulator, { poll: { interval: '2s', discovery_interval: '8s' } });
    const told = await check(config);
    const daemon = await startDaemon({ config });
    await daemon.ready();
    // Two listings, each with the fifth poll after the last.
    const sent = await sentPerMinute(daemon, simulator, 10);
    const series = sampleValue(await daemon.scrape(), 'aws_glue_exporter_series') ?? Number.NaN;
    process.stderr.write(
      `check: ${expectedIn(told, 'requests')} requests a minute expected, ${sent.toFixed(1)} sent; ${expectedIn(told, 'series')} series expected, ${series} exposed\n`,
    );
    expect(apart(expectedIn(told, 'requests'), sent)).toBeLessThan(0.03);
    expect(apart(expectedIn(told, 'series'), series)).toBeLessThan(0.05);
  }, 180_000);

  // A poll of it is 23 requests at most, and one or two fewer where timers are late: 9%. With a budget as people have it that is nothing.
  it('are what the daemon sends, within 15%, and how old anything may get, when the budget is too small', async () => {
    const smaller = platformWorld({ ...place, seed: 1, jobs: 28, workflows: 12, nowSeconds: NOON });
    const simulator = await simulate([smaller]);
    const config = configFor(simulator, {
      poll: { interval: '3s', timeout: '2s', discovery_interval: '8s', concurrency: 3 },
      aws: { requests_per_second: 10 },
    });
    const told = await check(config);
    const daemon = await startDaemon({ config });
    await daemon.ready();
    const toldLimit = Number(/but within (\d+)s at the latest/.exec(told)?.[1]);
    const ageLimit = async () => sampleValue(await daemon.scrape(), 'aws_glue_exporter_read_age_limit_seconds');
    const [sent, limit] = await Promise.all([
      sentPerMinute(daemon, simulator, 6),
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
      `check: ${expectedIn(told, 'requests')} requests a minute expected, ${sent.toFixed(1)} sent; ${toldLimit}s old at most, ${limit}s told by the daemon\n`,
    );
    expect(apart(expectedIn(told, 'requests'), sent)).toBeLessThan(0.15);
  }, 180_000);
});
