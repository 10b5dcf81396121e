import { afterEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { createExporter, type Exporter } from '../../src/exporter/exporter.ts';
import { knownNames } from '../../src/exporter/known-names.ts';
import { createLog } from '../../src/log.ts';
import { scrapeWhole } from '../../src/metrics/scrapes.ts';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import { eventually } from '../daemon.ts';
import { configFor, place, runsEvery10s, simulate, targetOf } from '../e2e/account.ts';
import { parseExposition, samplesOf, sampleValue } from '../exposition-parser.ts';

const ABROAD = { accountId: '444455556666', region: 'us-east-1' };

const exporters: Exporter[] = [];
afterEach(async () => {
  for (const exporter of exporters.splice(0)) {
    exporter.stop();
    await exporter.close();
  }
});

const configOf = (config: object) => parseConfig(JSON.stringify(config), 'a test', knownNames);

const start = async (config: object): Promise<Exporter> => {
  const exporter = await createExporter(configOf(config), {
    log: createLog({ level: 'error', format: 'json', write: () => {} }),
    version: '1.2.3',
    nodeVersion: 'v20',
    configFile: undefined,
    credentials: { accessKeyId: 'AKIATESTTESTTESTTEST', secretAccessKey: 'secret' },
  });
  exporters.push(exporter);
  return exporter;
};

describe('after a reload', () => {
  it('no scrape shows a target that is gone, be it one of many at once, and all say what they show', async () => {
    const simulator = await simulate([
      scriptedWorld({ ...place, jobs: { orders: runsEvery10s } }),
      scriptedWorld({ ...ABROAD, jobs: { exports: runsEvery10s } }),
    ]);
    const here = targetOf(simulator);
    const role = `arn:aws:iam::${ABROAD.accountId}:role/glue-exporter`;
    const abroad = targetOf(simulator, { region: ABROAD.region, role_arn: role });
    const exporter = await start(configFor(simulator, { targets: [here, abroad] }));
    expect(await exporter.pollOnce()).toBe(true);
    const scrape = async () => {
      const parts = await scrapeWhole(exporter.metrics, { format: 'text', gzip: false });
      const families = parseExposition(Buffer.concat(parts).toString());
      const glue = families.filter(({ name }) => !/^(aws_glue_exporter|process|nodejs)_/.test(name));
      return {
        jobs: samplesOf(families, 'aws_glue_job_info')
          .map(({ labels }) => labels.job_name)
          .toSorted(),
        unsaid:
          glue.flatMap(({ samples }) => samples).length - (sampleValue(families, 'aws_glue_exporter_series') ?? 0),
      };
    };
    expect(await scrape()).toEqual({ jobs: ['exports', 'orders'], unsaid: 0 });
    await exporter.reload(configOf(configFor(simulator, { targets: [here] })), () => {});
    const scrapes = await Promise.all([scrape(), scrape(), scrape()]);
    expect(scrapes).toEqual(Array(3).fill({ jobs: ['orders'], unsaid: 0 }));
  });
});

it('keeps the throttled request rate when a reload changes the target', async () => {
  const times: number[] = [];
  const jobs = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`job-${index}`, () => []]));
  const simulator = await simulate([scriptedWorld({ ...place, jobs })], {
    onRequest: (_operation, _account, at) => void times.push(at),
  });
  const configWith = (target: object) =>
    configFor(simulator, {
      targets: [targetOf(simulator, { account_id: place.accountId, ...target })],
      aws: { requests_per_second: 20, max_attempts: 10 },
    });
  const exporter = await start(configWith({}));
  void exporter.run();
  const rate = async () => {
    const parts = await scrapeWhole(exporter.metrics, { format: 'text', gzip: false });
    const families = parseExposition(Buffer.concat(parts).toString());
    // A target that has just been started does not say its account yet.
    const rates = samplesOf(families, 'aws_glue_exporter_api_budget_requests_per_second');
    return Math.max(...rates.map(({ value }) => value));
  };
  simulator.setFaults([{ kind: 'throttle', rate: 1 }]);
  await eventually('a low rate', async () => ((await rate()) < 6 ? true : undefined));
  simulator.setFaults([]);

  const before = await rate();
  await exporter.reload(configOf(configWith({ labels: { team: 'ops' } })), () => {});
  const reloadedAt = times.length;
  // The rate grows while the reload takes its time, never by more than this within a second.
  expect(await rate()).toBeLessThan(before + 3);
  const received = await eventually('six requests', () => (times.length >= reloadedAt + 6 ? times : undefined));
  const [first = 0, ...others] = received.slice(reloadedAt, reloadedAt + 6);
  // At the full rate that is a quarter of a second.
  expect((others.at(-1) ?? 0) - first).toBeGreaterThan(400);
});

describe('constant labels of a target', () => {
  it("are on the exporter's own series about it, and follow a reload with all that was counted", async () => {
    const simulator = await simulate([scriptedWorld({ ...place, jobs: { orders: runsEvery10s } })]);
    const configWith = (labels: object) => configFor(simulator, { targets: [targetOf(simulator, { labels })] });
    const exporter = await start(configWith({ team: 'orders' }));
    const scrape = async () => {
      const parts = await scrapeWhole(exporter.metrics, { format: 'text', gzip: false });
      return parseExposition(Buffer.concat(parts).toString());
    };
    const teamsOf = async (name: string) =>
      samplesOf(await scrape(), `aws_glue_exporter_${name}`).map(({ labels }) => labels.team);
    expect(await exporter.pollOnce()).toBe(true);
    for (const name of [
      'target_up',
      'poll_duration_seconds',
      'api_throttles_total',
      'api_budget_requests_per_second',
    ]) {
      expect([name, await teamsOf(name)]).toEqual([name, ['orders']]);
    }
    const requestsOf = async () =>
      sampleValue(await scrape(), 'aws_glue_exporter_api_requests_total', { operation: 'GetJobs' });
    const before = await requestsOf();

    await exporter.reload(configOf(configWith({ team: 'payments' })), () => {});
    expect(await exporter.pollOnce()).toBe(true);
    for (const { name, samples } of await scrape()) {
      const labelled = samples.filter(({ labels }) => labels.aws_account_id === place.accountId);
      for (const { labels } of labelled) expect([name, labels.team]).toEqual([name, 'payments']);
    }
    expect(await requestsOf()).toBeGreaterThan(before ?? Number.POSITIVE_INFINITY);
  });

  it.each(['collector', 'operation', 'reason', 'field'])('cannot be named %s, which they have already', label => {
    expect(() => configOf({ targets: [{ region: 'eu-west-1', labels: { [label]: 'x' } }] })).toThrow(label);
  });
});

it('lets a target that does not answer starve no other one', async () => {
  const worlds = Array.from({ length: 12 }, (_, index) =>
    scriptedWorld({
      accountId: `${111122223333 + index}`,
      region: place.region,
      jobs: Object.fromEntries(Array.from({ length: 12 }, (_, job) => [`job-${job}`, () => []])),
    }),
  );
  const simulator = await simulate(worlds);
  // Ten accounts with eight connections each: more than the process has requests in flight.
  const hanging = worlds.slice(0, 10);
  simulator.setFaults(
    hanging.map(({ accountId }) => ({ kind: 'stall', rate: 1, account: accountId, operations: ['GetJobRuns'] })),
  );
  const targets = worlds.map(({ accountId }) =>
    targetOf(simulator, { role_arn: `arn:aws:iam::${accountId}:role/glue-exporter` }),
  );
  const exporter = await start(configFor(simulator, { targets, aws: { request_timeout: '60s' } }));
  void exporter.run();
  const answering = worlds.slice(10).map(({ accountId }) => accountId);
  await eventually('the targets that answer', () =>
    exporter.status().filter(({ accountId = '', up }) => up && answering.includes(accountId)).length === 2
      ? true
      : undefined,
  );
  expect(exporter.status().filter(({ up }) => up !== undefined)).toHaveLength(2);
});
