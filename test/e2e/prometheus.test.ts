import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { platformWorld } from '../../src/simulator/platform.ts';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import type { World } from '../../src/simulator/world.ts';
import { type Daemon, eventually, startDaemon } from '../daemon.ts';
import { type ExposedFamily, type ExposedSample, samplesOf, seriesKey } from '../exposition-parser.ts';
import { parseOpenMetrics } from '../openmetrics-parser.ts';
import { describeWith, tool } from '../tools.ts';
import { ACCOUNT_ID, configFor, NOON, place, REGION, simulate, stageClock } from './account.ts';
import { type Prometheus, startPrometheus } from './prometheus.ts';
import { expectSameAccount } from './truth.ts';

const GLUE_SERIES = '{__name__=~"aws_glue_(job|workflow)_.+"}';

/** What a selector finds, of one moment in which the last scrape went well: one that takes a second is given up, and ends its series. */
const scraped = (prometheus: Prometheus, selector: string): Promise<Readonly<Record<string, number>>> =>
  eventually('a scrape', async () => {
    const series = await prometheus.series(`${selector} and on (instance) (up == 1)`);
    return Object.keys(series).length > 0 ? series : undefined;
  });

/** Time stands still in these tests, so that every scrape finds the same. */
const polled = async (world: World): Promise<Daemon> => {
  const daemon = await startDaemon({ config: configFor(await simulate([world])) });
  await daemon.ready();
  return daemon;
};

/** For Prometheus, a label without a value is the same as no label. */
const asStored = ({
  name,
  labels,
  value,
}: Pick<ExposedSample, 'name' | 'labels' | 'value'>): [series: string, value: number] => {
  const stored = Object.entries(labels).filter(([, text]) => text !== '');
  return [seriesKey({ name, labels: Object.fromEntries(stored) }), value];
};

const glueSeries = (families: readonly ExposedFamily[]): Readonly<Record<string, number>> => {
  const glue = families.filter(({ name }) => /^aws_glue_(job|workflow)_/.test(name));
  return Object.fromEntries(glue.flatMap(({ samples }) => samples.map(asStored)));
};

const platform = platformWorld({ ...place, seed: 1, jobs: 60, workflows: 12, nowSeconds: NOON });

/** All that a name may hold in Glue, and that some text format or other gives a meaning to. */
const HOSTILE_NAMES = [
  '"quoted" and "more"',
  'back\\slash \\n \\" \\\\',
  'new\nline\n',
  'carriage\rreturn\r\n',
  'nul\0inside',
  'tab\tbed',
  '🚀 emoji 👩‍👩‍👧‍👦 and ümläuts',
  '\u2028line separator\u0085\u202eright to left',
  '{job_name="x"} 1',
  '# HELP aws_glue_job_info x',
  ' blanks around ',
  ',=}',
  "'; DROP TABLE jobs; --",
  '<script>alert(1)</script>&amp;',
  '$(id) `id` %s %00',
  '__proto__',
  'constructor',
  'x'.repeat(255),
  '语'.repeat(255),
].sort();

const hostile = scriptedWorld({
  ...place,
  jobs: Object.fromEntries(
    HOSTILE_NAMES.map((name, index) => [
      name,
      [
        {
          Id: `jr_${index}`,
          StartedOn: NOON - 60,
          CompletedOn: NOON - 30,
          JobRunState: 'SUCCEEDED',
          ExecutionTime: 20,
        },
      ],
    ]),
  ),
  workflows: Object.fromEntries(
    HOSTILE_NAMES.map((name, index) => [
      name,
      [{ WorkflowRunId: `wr_${index}`, StartedOn: NOON - 60, CompletedOn: NOON - 30, Status: 'COMPLETED' }],
    ]),
  ),
});

describeWith(tool('prometheus'), 'Prometheus', program => {
  it('scrapes the exporter, and then tells what the exporter tells', async () => {
    const daemon = await polled(platform);
    const prometheus = await startPrometheus(program, daemon.url);
    const found = await scraped(prometheus, GLUE_SERIES);
    const exposed = glueSeries(await daemon.scrape());
    expect(Object.keys(exposed).length).toBeGreaterThan(1500);
    expectSameAccount(found, exposed);
    expect(await scraped(prometheus, 'aws_glue_exporter_target_up')).toEqual({
      'aws_glue_exporter_target_up{aws_account_id="111122223333",aws_region="eu-west-1"}': 1,
    });
  });

  it('is told which run failed last, and leads there', async () => {
    const clock = stageClock();
    const failed = {
      Id: 'jr_0123456789abcdef',
      StartedOn: NOON + 10,
      CompletedOn: NOON + 20.5,
      JobRunState: 'TIMEOUT',
    };
    const world = scriptedWorld({ ...place, jobs: { orders: at => (at < NOON + 10 ? [] : [failed]) } });
    const daemon = await startDaemon({ config: configFor(await simulate([world], { clock: clock.now })) });
    await daemon.ready();
    clock.set(NOON + 30);
    await daemon.poll();
    const prometheus = await startPrometheus(program, daemon.url);
    const found = await eventually('an exemplar', async () => {
      const exemplars = await prometheus.exemplars('aws_glue_job_runs_total');
      return Object.keys(exemplars).length > 0 ? exemplars : undefined;
    });
    const series = `aws_glue_job_runs_total{aws_account_id="${ACCOUNT_ID}",aws_region="${REGION}",job_name="orders",state="TIMEOUT"}`;
    expect(found).toEqual({ [series]: [{ labels: { run_id: failed.Id }, value: '1', timestamp: failed.CompletedOn }] });
  });

  it('finds names as they are in Glue, whatever is in them', async () => {
    const daemon = await polled(hostile);
    const exposition = await daemon.scrape();
    for (const kind of ['job', 'workflow'] as const) {
      const samples = samplesOf(exposition, `aws_glue_${kind}_last_run_start_timestamp_seconds`);
      expect(samples.map(({ labels }) => labels[`${kind}_name`]).sort()).toEqual(HOSTILE_NAMES);
    }
    const prometheus = await startPrometheus(program, daemon.url);
    const found = await scraped(prometheus, GLUE_SERIES);
    for (const label of ['job_name', 'workflow_name']) {
      expect([...(await prometheus.labelValues(label))].sort()).toEqual(HOSTILE_NAMES);
    }
    expectSameAccount(found, glueSeries(exposition));
  });
});

it.each([
  ['a platform', platform],
  ['hostile names', hostile],
])('OpenMetrics of %s is to the letter, and has the series of the text format', async (_what, world) => {
  const daemon = await polled(world);
  const { headers, body } = await daemon.get('/metrics', { Accept: 'application/openmetrics-text;version=1.0.0' });
  expect(headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
  const samples = parseOpenMetrics(body.toString()).flatMap(family => family.samples);
  const series = samples.filter(({ name }) => /^aws_glue_(job|workflow)_/.test(name)).map(asStored);
  expectSameAccount(Object.fromEntries(series), glueSeries(await daemon.scrape()));
});

describeWith(tool('promtool'), 'promtool', program => {
  it.each([
    ['a platform', platform],
    ['hostile names', hostile],
  ])('has no complaint about the metrics of %s', async (_what, world) => {
    const daemon = await polled(world);
    const { body } = await daemon.get('/metrics');
    const { status, stdout, stderr } = spawnSync(program, ['check', 'metrics'], { input: body, encoding: 'utf8' });
    expect([status, stdout, stderr]).toEqual([0, '', '']);
  });

  it('has one about what is wrong, so that its silence means something', () => {
    const input = '# HELP bad_total Not a gauge.\n# TYPE bad_total gauge\nbad_total 1\n';
    const { status, stderr } = spawnSync(program, ['check', 'metrics'], { input, encoding: 'utf8' });
    expect(status).not.toBe(0);
    expect(stderr).toContain('bad_total');
  });
});
