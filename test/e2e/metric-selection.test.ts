import { describe, expect, it } from 'vitest';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import { type Daemon, startDaemon } from '../daemon.ts';
import { samplesOf, sampleValue } from '../exposition-parser.ts';
import { configFor, NOON, place, runsEvery10s, simulate, stageClock, targetOf } from './account.ts';

const ABROAD = { accountId: '444455556666', region: 'us-east-1' };
const home = scriptedWorld({
  ...place,
  jobs: { orders: runsEvery10s, sales: runsEvery10s },
  workflows: { nightly: [] },
});
const abroad = scriptedWorld({ ...ABROAD, jobs: { exports: runsEvery10s } });

/** Names of the families of jobs and workflows that a scrape shows. */
const glueFamilies = async ({ scrape }: Daemon): Promise<readonly string[]> =>
  (await scrape())
    .filter(({ name, samples }) => /^aws_glue_(job|workflow)_/.test(name) && samples.length > 0)
    .map(({ name }) => name);

const seriesOfJob = async ({ scrape }: Daemon, job: string): Promise<number> =>
  (await scrape()).flatMap(({ samples }) => samples).filter(({ labels }) => labels.job_name === job).length;

const ended = async ({ scrape }: Daemon): Promise<number | undefined> =>
  sampleValue(await scrape(), 'aws_glue_job_runs_total', { job_name: 'orders', state: 'SUCCEEDED' });

const reloaded = async (daemon: Daemon, config: object): Promise<void> => {
  daemon.rewrite(config);
  expect((await daemon.reload()).status).toBe(200);
  await daemon.poll();
};

describe('metrics', () => {
  it('that are not selected are not exposed, take no room, and have missed nothing when a reload adds them', async () => {
    const clock = stageClock();
    const simulator = await simulate([home], { clock: clock.now });
    const config = (metrics: object, limit = 100) => ({ ...configFor(simulator, { series: { limit } }), metrics });
    // Room for all with lean metrics only.
    const daemon = await startDaemon({ args: ['--web.enable-lifecycle'], config: config({ preset: 'lean' }) });
    await daemon.ready();
    clock.set(NOON + 35);
    await daemon.poll();
    const lean = await glueFamilies(daemon);
    expect(lean).toContain('aws_glue_job_last_success_timestamp_seconds');
    expect(lean).not.toContain('aws_glue_job_runs_total');
    expect(lean).not.toContain('aws_glue_job_last_run_state');
    expect(await seriesOfJob(daemon, 'orders')).toBeLessThanOrEqual(15);
    expect(sampleValue(await daemon.scrape(), 'aws_glue_exporter_series_dropped_total')).toBe(0);
    // The totals of the account do not depend on it.
    const counted = { collector: 'jobs', result: 'SUCCEEDED' };
    expect(sampleValue(await daemon.scrape(), 'aws_glue_exporter_runs_counted_total', counted)).toBe(6);

    await reloaded(daemon, config({ preset: 'lean', include: ['_runs_total$'], exclude: ['^aws_glue_workflow_'] }));
    expect(await ended(daemon)).toBe(3);
    expect((await glueFamilies(daemon)).toSorted()).toEqual(
      [...lean.filter(name => name.startsWith('aws_glue_job_')), 'aws_glue_job_runs_total'].toSorted(),
    );

    await reloaded(daemon, config({ include: ['^aws_glue_job_runs_total$'] }));
    expect(await glueFamilies(daemon)).toEqual(['aws_glue_job_runs_total']);
    expect(`${(await daemon.get('/config')).body}`).toContain('include:\n    - ^aws_glue_job_runs_total$\n');

    // With all metrics there is room for two of the three only.
    await reloaded(daemon, config({}));
    const shown = await daemon.scrape();
    expect(samplesOf(shown, 'aws_glue_job_info').map(({ labels }) => labels.job_name)).toEqual(['orders', 'sales']);
    expect(sampleValue(shown, 'aws_glue_exporter_series')).toBeLessThanOrEqual(100);
    expect(samplesOf(shown, 'aws_glue_workflow_active_runs')).toEqual([]);
    expect(await ended(daemon)).toBe(3);

    await reloaded(daemon, config({ preset: 'lean' }));
    expect(await glueFamilies(daemon)).toEqual(lean);
    expect(sampleValue(await daemon.scrape(), 'aws_glue_exporter_runs_counted_total', counted)).toBe(6);
  });

  it.each(['collect[]=jobs', 'name%5B%5D=aws_glue_job_info', 'exclude[]=jobs', 'x=1&collect[]=a'])(
    'cannot be selected in the URL: /metrics?%s is refused with what to do',
    async query => {
      const simulator = await simulate([home]);
      const daemon = await startDaemon({ config: configFor(simulator) });
      const { status, headers, body } = await daemon.get(`/metrics?${query}`);
      expect([status, headers['content-type']]).toEqual([400, 'text/plain; charset=utf-8']);
      expect(`${body}`).toMatch(/^(collect|name|exclude)\[\] is not supported: every scrape gets all metrics\.\n/);
      expect(`${body}`).toContain('metrics: include, exclude, preset: lean');
      expect((await daemon.get('/metrics?unrelated=1')).status).toBe(200);
    },
  );
});

describe('labels', () => {
  const names = { '111122223333': 'production', '444455556666': 'abroad' };
  const labels = { place: '{account_id}/{region}', team: 'data' };

  it('hold the account and region of each target, and the name of its account, also where only AWS knows the account', async () => {
    const simulator = await simulate([home, abroad]);
    const role_arn = `arn:aws:iam::${ABROAD.accountId}:role/glue-exporter`;
    const targets = [targetOf(simulator), targetOf(simulator, { region: ABROAD.region, role_arn })];
    const config = { ...configFor(simulator, { targets }), account_names: names, defaults: { labels } };
    const daemon = await startDaemon({ args: ['--web.enable-lifecycle'], config });
    await daemon.ready();
    const labelsOf = async (job: string) =>
      samplesOf(await daemon.scrape(), 'aws_glue_job_max_concurrent_runs', { job_name: job })[0]?.labels;
    expect(await labelsOf('orders')).toMatchObject({
      account_name: 'production',
      place: '111122223333/eu-west-1',
      team: 'data',
    });
    expect(await labelsOf('exports')).toMatchObject({ account_name: 'abroad', place: '444455556666/us-east-1' });
    expect(`${(await daemon.get('/config')).body}`).toContain('account_names:\n  "111122223333": production\n');

    // An account without a name has its id for one.
    const others = { account_names: { '444455556666': 'elsewhere' } };
    await reloaded(daemon, { ...config, ...others });
    await daemon.poll({ region: ABROAD.region });
    expect((await labelsOf('orders'))?.account_name).toBe('111122223333');
    expect((await labelsOf('exports'))?.account_name).toBe('elsewhere');
  });
});
