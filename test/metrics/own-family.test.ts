import { Counter, Gauge, Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { COLLECTOR_DATA, targetTelemetry } from '../../src/metrics/target-telemetry.ts';
import { createTelemetry } from '../../src/metrics/telemetry.ts';
import { parseExposition, samplesOf } from '../exposition-parser.ts';

const REGION = 'eu-west-1';
const ACCOUNT = '111122223333';
const HOSTILE = ['', 'a "quoted" one', 'back\\slash', 'two\nlines', 'ünïcödé 🦆'];

const created = () => createTelemetry({ version: '1.2.3', nodeVersion: 'v20' });
type Telemetry = ReturnType<typeof created>;

const start = (telemetry: Telemetry, labels: Record<string, string> = {}, accountId = ACCOUNT) => {
  const own = targetTelemetry(telemetry, REGION, labels, { collectors: ['jobs', 'workflows'], results: {} });
  own.identify(accountId, labels);
  return own;
};

const seriesOf = async (telemetry: Telemetry, name: string) =>
  samplesOf(parseExposition(await telemetry.render('text', 0)), `aws_glue_exporter_${name}`).map(
    ({ labels, value }) => [labels, value] as const,
  );

const LABELS = { aws_account_id: ACCOUNT, aws_region: REGION };

describe("the exporter's own series", () => {
  test('are byte for byte what prom-client writes', async () => {
    const telemetry = created();
    const registry = new Registry();
    const names = ['aws_account_id', 'aws_region', 'team', 'operation', 'reason'];
    const helpOf = (name: string): string => telemetry.headers.find(header => header.name === name)?.help ?? '';
    const up = new Gauge({
      name: 'aws_glue_exporter_target_up',
      help: helpOf('aws_glue_exporter_target_up'),
      labelNames: names,
      registers: [registry],
    });
    const failures = new Counter({
      name: 'aws_glue_exporter_api_failures_total',
      help: helpOf('aws_glue_exporter_api_failures_total'),
      labelNames: names,
      registers: [registry],
    });
    for (const [index, team] of HOSTILE.entries()) {
      const target = { aws_account_id: `${index}`, aws_region: REGION, team };
      for (const value of [1, index / 3]) {
        up.set(target, value);
        telemetry.targetUp.set(target, value);
      }
      const failure = { ...target, operation: 'GetJobs', reason: 'timeout' };
      for (const by of [0, 1, index]) {
        failures.inc(failure, by);
        telemetry.apiFailures.inc(failure, by);
      }
    }
    up.remove({ aws_account_id: '2', aws_region: REGION, team: HOSTILE[2] ?? '' });
    telemetry.targetUp.remove({ aws_account_id: '2', aws_region: REGION, team: HOSTILE[2] ?? '' });
    const written = await telemetry.render('text', 0);
    for (const family of (await registry.metrics()).split(/\n\n|\n$/)) {
      if (family !== '') expect(written).toContain(`${family}\n`);
    }
  });

  test('are neither rendered nor compressed again until they change, and then alone', () => {
    const telemetry = created();
    const own = start(telemetry);
    own.requested('GetJobs');
    const pieces = () => telemetry.expose('text', 7).pieces;
    const before = pieces();
    expect(before.length).toBeGreaterThan(10);
    own.budget(20);
    own.budget(20);
    const fresh = pieces().filter(piece => !before.includes(piece));
    // The budget and its header, which was not there before.
    expect(fresh.map(({ bytes }) => `${bytes}`.split(/[ {]/)[0])).toEqual([
      '#',
      'aws_glue_exporter_api_budget_requests_per_second',
    ]);
    const after = pieces();
    own.requested('GetJobs');
    const changed = pieces().filter(piece => !after.includes(piece));
    expect(changed.map(({ bytes }) => bytes.toString())).toEqual([
      `aws_glue_exporter_api_requests_total{aws_account_id="${ACCOUNT}",aws_region="${REGION}",operation="GetJobs"} 2\n`,
    ]);
    // OpenMetrics has headers of its own, and the same samples.
    const both = telemetry.expose('openmetrics', 7).pieces.filter(piece => pieces().includes(piece));
    expect(both.length).toBe(pieces().length / 2);
  });

  test('of a target are few at first: one by operation, reason or field comes with its first event', async () => {
    const telemetry = created();
    const alone = parseExposition(await telemetry.render('text', 0)).flatMap(({ samples }) => samples).length;
    const own = start(telemetry);
    const started = parseExposition(await telemetry.render('text', 0)).flatMap(({ samples }) => samples).length;
    expect(started - alone).toBe(8);
    own.failed('GetJobs', 'throttled');
    expect(await seriesOf(telemetry, 'api_failures_total')).toEqual([
      [{ ...LABELS, operation: 'GetJobs', reason: 'throttled' }, 1],
    ]);
    expect(await seriesOf(telemetry, 'api_throttles_total')).toEqual([[LABELS, 1]]);
  });

  test('of a target have its constant labels, also while its account is not known', async () => {
    const telemetry = created();
    const own = targetTelemetry(telemetry, REGION, { team: 'ops' }, { collectors: ['jobs'], results: {} });
    own.pollEnded(1, false);
    const unknown = { aws_account_id: '', aws_region: REGION, team: 'ops' };
    expect(await seriesOf(telemetry, 'target_up')).toEqual([[unknown, 0]]);
    own.identify(ACCOUNT, { team: 'ops', account: 'production' });
    own.pollEnded(1, true);
    own.entities('jobs', 3);
    const known = { ...LABELS, team: 'ops', account: 'production' };
    expect(await seriesOf(telemetry, 'target_up')).toEqual([[known, 1]]);
    expect(await seriesOf(telemetry, 'entities')).toEqual([[{ ...known, collector: 'jobs' }, 3]]);
  });

  test('of collectors that were down before the account was known continue under its labels only', async () => {
    const telemetry = created();
    const own = targetTelemetry(telemetry, REGION, {}, { collectors: ['jobs'], results: {} });
    own.collectorUp('jobs', false);
    expect(await seriesOf(telemetry, 'collector_up')).toEqual([
      [{ aws_account_id: '', aws_region: REGION, collector: 'jobs' }, 0],
    ]);
    own.identify(ACCOUNT, {});
    own.collectorUp('jobs', true);
    expect(await seriesOf(telemetry, 'collector_up')).toEqual([[{ ...LABELS, collector: 'jobs' }, 1]]);
  });

  test('of the age of data and of its limit have the same labels, so that the two can be compared', async () => {
    const telemetry = created();
    const own = start(telemetry);
    for (const data of COLLECTOR_DATA) {
      own.oldestRead('jobs', data, 100);
      own.ageLimit('jobs', data, 200);
    }
    const all = COLLECTOR_DATA.map(data => ({ ...LABELS, collector: 'jobs', data }));
    expect(await seriesOf(telemetry, 'oldest_read_timestamp_seconds')).toEqual(all.map(labels => [labels, 100]));
    expect(await seriesOf(telemetry, 'read_age_limit_seconds')).toEqual(all.map(labels => [labels, 200]));
    own.oldestRead('jobs', 'runs', undefined);
    own.ageLimit('jobs', 'definitions', undefined);
    const [definitions, runs] = all;
    expect(await seriesOf(telemetry, 'oldest_read_timestamp_seconds')).toEqual([[definitions, 100]]);
    expect(await seriesOf(telemetry, 'read_age_limit_seconds')).toEqual([[runs, 200]]);
  });

  test('of collectors go with the target, except those of collectors that another target continues', async () => {
    const telemetry = created();
    const own = start(telemetry);
    const exposed = ['collector_up', 'entities', 'oldest_read_timestamp_seconds', 'read_age_limit_seconds'];
    for (const collector of ['jobs', 'workflows']) {
      own.collectorUp(collector, true);
      own.entities(collector, 1);
      for (const data of COLLECTOR_DATA) {
        own.oldestRead(collector, data, 100);
        own.ageLimit(collector, data, 200);
      }
    }
    const left = async () => {
      const series = await Promise.all(exposed.map(name => seriesOf(telemetry, name)));
      return series.map(found => [...new Set(found.map(([{ collector }]) => collector))]);
    };
    own.withdraw(['workflows']);
    expect(await left()).toEqual(exposed.map(() => ['workflows']));
    own.withdraw(undefined);
    expect(await left()).toEqual(exposed.map(() => []));
  });
});

describe('after a reload that changes the labels of a target', () => {
  test('its series continue under the new labels, and there are none under the old ones', async () => {
    const telemetry = created();
    const before = start(telemetry, { team: 'a', stage: 'prod' });
    const neighbour = start(telemetry, { team: 'a' }, '444455556666');
    for (let request = 0; request < 3; request += 1) before.requested('GetJobs');
    before.pollEnded(1, true);
    before.entities('jobs', 5);
    before.entities('workflows', 2);
    neighbour.requested('GetJobs');

    const after = start(telemetry, { team: 'b' });
    after.requested('GetJobs');
    const labels = { ...LABELS, team: 'b' };
    expect(await seriesOf(telemetry, 'api_requests_total')).toEqual([
      [{ aws_account_id: '444455556666', aws_region: REGION, team: 'a', operation: 'GetJobs' }, 1],
      [{ ...labels, operation: 'GetJobs' }, 4],
    ]);
    expect(await seriesOf(telemetry, 'target_up')).toEqual([[labels, 1]]);

    // What the old one takes away has the new labels by now.
    before.withdraw(['jobs']);
    expect(await seriesOf(telemetry, 'target_up')).toEqual([[labels, 1]]);
    expect(await seriesOf(telemetry, 'entities')).toEqual([[{ ...labels, collector: 'jobs' }, 5]]);
    after.withdraw(undefined);
    expect(await seriesOf(telemetry, 'target_up')).toEqual([]);
    expect(await seriesOf(telemetry, 'entities')).toEqual([]);
    expect(await seriesOf(telemetry, 'api_requests_total')).toHaveLength(2);
  });

  test('a label that was added and is taken away again leaves nothing behind', async () => {
    const telemetry = created();
    for (const labels of [{}, { team: 'a' }, { team: 'b', stage: 'prod' }, {}]) {
      start(telemetry, labels).requested('GetJobs');
      const found = await seriesOf(telemetry, 'api_requests_total');
      expect(found.map(([{ operation, ...target }]) => target)).toEqual([{ ...LABELS, ...labels }]);
    }
    expect((await seriesOf(telemetry, 'api_requests_total')).map(([, value]) => value)).toEqual([4]);
  });
});
