import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createTelemetry } from '../../src/metrics/telemetry.ts';
import { parseExposition } from '../exposition-parser.ts';

test("the HELP texts of the exporter's own metrics are short, because each scrape sends them", () => {
  const { headers } = createTelemetry({ version: '1.2.3', nodeVersion: 'v20' });
  expect(headers.length).toBeGreaterThan(20);
  expect(headers.filter(({ help }) => help.length > 200).map(({ name, help }) => `${name}: ${help.length}`)).toEqual(
    [],
  );
  const written = headers.flatMap(({ help, description }) =>
    description === undefined ? [help] : [help, description],
  );
  expect(written.filter(text => !/^[A-Z\d].*\.$/.test(text))).toEqual([]);
});

describe("the process's own series", () => {
  const telemetry = createTelemetry({ version: '1.2.3', nodeVersion: 'v20' });

  const lags = async (): Promise<ReadonlyMap<string, number>> => {
    const families = parseExposition(await telemetry.render('text', 0));
    const samples = families
      .flatMap(({ samples }) => samples)
      .filter(({ name }) => name.startsWith('nodejs_eventloop'));
    return new Map(samples.map(({ name, value }) => [name, value]));
  };

  /** Blocks the event loop before each scrape, until one of them tells such a lag. */
  const untilLag = async (
    blockMs: number,
    isIt: (lag: ReadonlyMap<string, number>) => boolean,
  ): Promise<ReadonlyMap<string, number>> => {
    for (;;) {
      await pause(30);
      const until = performance.now() + blockMs;
      while (performance.now() < until);
      await pause(30);
      const lag = await lags();
      if (isIt(lag)) return lag;
    }
  };

  const longest = (lag: ReadonlyMap<string, number>): number => lag.get('nodejs_eventloop_lag_max_seconds') ?? 0;

  test('tell how late the event loop was since the last scrape, by the names of prom-client', async () => {
    const before = await untilLag(0, lag => longest(lag) > 0);
    expect([...before.keys()].sort()).toEqual([
      'nodejs_eventloop_lag_max_seconds',
      'nodejs_eventloop_lag_mean_seconds',
      'nodejs_eventloop_lag_min_seconds',
      'nodejs_eventloop_lag_p50_seconds',
      'nodejs_eventloop_lag_p90_seconds',
      'nodejs_eventloop_lag_p99_seconds',
      'nodejs_eventloop_lag_seconds',
    ]);

    const late = await untilLag(200, lag => longest(lag) > 0.15);
    expect(late.get('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0.15);
    expect(late.get('nodejs_eventloop_lag_min_seconds')).toBeLessThan(longest(late));
    expect(late.get('nodejs_eventloop_lag_mean_seconds')).toBeLessThan(longest(late));

    // Asked again before anything was measured, it says the same again.
    const [first, second] = [await lags(), await lags()];
    expect(longest(second)).toBe(longest(first));
    expect(second.get('nodejs_eventloop_lag_min_seconds')).toBeLessThan(1);

    const after = await untilLag(0, lag => longest(lag) > 0 && longest(lag) < 0.1);
    expect(after.get('nodejs_eventloop_lag_seconds')).toBeGreaterThan(0);
  });
});
