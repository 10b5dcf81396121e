import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import { type Daemon, eventually, type LogLine, startDaemon, temporaryFolder, writeConfig } from '../daemon.ts';
import { samplesOf, sampleValue } from '../exposition-parser.ts';
import { ACCOUNT_ID, configFor, NOON, place, runsEvery10s, simulate, stageClock, targetOf } from './account.ts';
import { createWitness, scrapeOnAndOn } from './witness.ts';

const ABROAD = { accountId: '444455556666', region: 'us-east-1' };

const home = scriptedWorld({
  ...place,
  jobs: { orders: runsEvery10s, sales: runsEvery10s },
  workflows: { nightly: runsEvery10s },
});
const abroad = scriptedWorld({ ...ABROAD, jobs: { exports: runsEvery10s } });

/** Failures show at once: nothing is tried again within a poll. */
const impatient = { aws: { max_attempts: 1, request_timeout: '1s' } };

const lifecycle = '--web.enable-lifecycle';

/** An exporter that has counted three runs of everything at home. */
const counting = async ({ latencySeconds = 0, args = [lifecycle], state = {} } = {}) => {
  const clock = stageClock();
  const simulator = await simulate([home, abroad], { clock: clock.now, latencySeconds });
  /** The config with one target, changed. */
  const configWith = (target: object = {}, more: object = {}) => ({
    ...configFor(simulator, { ...impatient, targets: [targetOf(simulator, target)], state }),
    ...more,
  });
  const daemon = await startDaemon({ args, config: configWith() });
  await daemon.ready();
  clock.set(NOON + 35);
  await daemon.poll();
  expect(await totals(daemon)).toEqual({ orders: 3, sales: 3 });
  return { clock, simulator, daemon, configWith };
};

/** How many successes are counted, by job. */
const totals = async ({ scrape }: Daemon) =>
  Object.fromEntries(
    samplesOf(await scrape(), 'aws_glue_job_runs_total', { state: 'SUCCEEDED' }).map(({ labels, value }) => [
      `${labels.job_name}`,
      value,
    ]),
  );

const value = async ({ scrape }: Daemon, name: string, labels: Readonly<Record<string, string>> = {}) =>
  sampleValue(await scrape(), `aws_glue_exporter_${name}`, labels);

const expectReloaded = async (daemon: Daemon): Promise<void> => {
  const { status, body } = await daemon.reload();
  expect([status, `${body}`]).toEqual([200, 'The configuration was reloaded.\n']);
};

/** The next line with this message. */
const nextLine = ({ logged, log }: Daemon, message: string): Promise<LogLine> => {
  let before = logged().filter(({ msg }) => msg === message).length;
  return log(message, line => {
    if (line.msg !== message) return undefined;
    before -= 1;
    return before < 0 ? line : undefined;
  });
};

const teamsOf = async ({ scrape }: Daemon) =>
  samplesOf(await scrape(), 'aws_glue_job_info').map(({ labels }) => labels.team);

describe('a new config takes over, and no scrape shows a counter that went back, is missing, or is there twice', () => {
  it.each([
    ['with state.path', true],
    ['without state.path', false],
  ])('%s', async (_state, hasState) => {
    const state = hasState ? { path: join(temporaryFolder(), 'state') } : {};
    const { clock, simulator, daemon, configWith } = await counting({ state });
    const witness = createWitness();
    const scraping = scrapeOnAndOn(daemon, witness);

    // Another label, and another interval.
    const team = { labels: { team: 'ops' } };
    daemon.rewrite(configWith(team, { poll: { interval: '1100ms' } }));
    await expectReloaded(daemon);
    expect(`${(await daemon.get('/config')).body}`).toContain('interval: 1100ms');
    await daemon.poll();
    expect(await teamsOf(daemon)).toEqual(['ops', 'ops']);
    expect(await totals(daemon)).toEqual({ orders: 3, sales: 3 });
    clock.set(NOON + 58);
    await daemon.poll();
    expect(await totals(daemon)).toEqual({ orders: 5, sales: 5 });

    // A job that the filter no longer lets pass.
    witness.mayMiss('sales');
    const filtered = { ...team, jobs: { exclude: ['sales'] } };
    daemon.rewrite(configWith(filtered));
    await expectReloaded(daemon);
    await daemon.poll();
    expect(await totals(daemon)).toEqual({ orders: 5 });

    // A target that is new; the other one is not disturbed.
    const listed = () => simulator.requestsByAccount.get(ACCOUNT_ID)?.get('GetJobs');
    const listedBefore = listed();
    const targets = [
      targetOf(simulator, filtered),
      targetOf(simulator, { region: ABROAD.region, role_arn: `arn:aws:iam::${ABROAD.accountId}:role/glue-exporter` }),
    ];
    daemon.rewrite(configWith({}, { targets }));
    await expectReloaded(daemon);
    await daemon.poll({ region: ABROAD.region });
    expect(await totals(daemon)).toEqual({ orders: 5, exports: 0 });
    clock.set(NOON + 75);
    await daemon.poll();
    await daemon.poll({ region: ABROAD.region });
    expect(await totals(daemon)).toEqual({ orders: 7, exports: 1 });
    expect(listed()).toBe(listedBefore);

    // A collector less, and its own gauges with it.
    witness.mayMiss('sales', 'nightly');
    daemon.rewrite(configWith({}, { targets, collectors: ['jobs'] }));
    await expectReloaded(daemon);
    await daemon.poll();
    await daemon.poll({ region: ABROAD.region });
    const gauges = ['entities', 'last_successful_poll_timestamp_seconds'].map(name => `aws_glue_exporter_${name}`);
    const without = await daemon.scrape();
    expect(without.filter(({ name }) => name.startsWith('aws_glue_workflow_'))).toEqual([]);
    for (const gauge of gauges) {
      expect(samplesOf(without, gauge, { collector: 'workflows' })).toEqual([]);
      expect(samplesOf(without, gauge, { collector: 'jobs' })).toHaveLength(2);
    }

    // A target less, and back comes what was left out: its runs were not missed.
    witness.mayMiss('sales', 'nightly', 'exports');
    daemon.rewrite(configWith());
    await expectReloaded(daemon);
    await daemon.poll();
    expect(await totals(daemon)).toEqual({ orders: 7, sales: 7 });
    const last = await daemon.scrape();
    expect(samplesOf(last, 'aws_glue_workflow_runs_total', { outcome: 'succeeded' })[0]?.value).toBe(7);
    const leftAbroad = last.filter(family =>
      family.samples.some(({ labels }) => labels.aws_account_id === ABROAD.accountId),
    );
    // The exporter's own counters stay: they would go back otherwise, were the target to return.
    expect(leftAbroad.filter(({ type }) => type !== 'counter')).toEqual([]);
    expect(leftAbroad.filter(({ name }) => !name.startsWith('aws_glue_exporter_'))).toEqual([]);

    await scraping.stop();
    witness.expectNothingWrong();
    expect(witness.scrapes).toBeGreaterThan(20);
    expect(await value(daemon, 'config_last_reload_successful')).toBe(1);
  });

  it('when series.limit is raised, and when it is lowered', async () => {
    const { daemon, configWith } = await counting();
    const reached = nextLine(daemon, 'Series limit reached, some entities are not exposed');
    daemon.rewrite(configWith({}, { series: { limit: 1 } }));
    await expectReloaded(daemon);
    await reached;
    expect([await totals(daemon), await value(daemon, 'series')]).toEqual([{}, 0]);
    daemon.rewrite(configWith({}, { series: { limit: 1000 } }));
    await expectReloaded(daemon);
    await daemon.poll();
    expect(await totals(daemon)).toEqual({ orders: 3, sales: 3 });
    const dropped = await value(daemon, 'series_dropped_total');
    await daemon.poll();
    expect(await value(daemon, 'series_dropped_total')).toBe(dropped);
  });

  it('when series.limit leaves out some, the same ones stay over reloads and new runs', async () => {
    const { clock, daemon, configWith } = await counting();
    const told = async () => {
      const families = await daemon.scrape();
      const names = ['job', 'workflow'].flatMap(kind =>
        samplesOf(families, `aws_glue_${kind}_active_runs`).map(({ labels }) => labels[`${kind}_name`]),
      );
      return [...new Set(names)].sort();
    };
    const all = await told();
    expect(all).toEqual(['nightly', 'orders', 'sales']);
    // Room for two of the three.
    const series = { limit: 2 * 52 };
    daemon.rewrite(configWith({}, { series }));
    await expectReloaded(daemon);
    await daemon.poll();
    const first = await told();
    expect(first).toHaveLength(2);
    const left = all.filter(name => !first.includes(name)).join();
    const lines = daemon.logged().filter(({ msg }) => msg === 'Series limit reached, some entities are not exposed');
    expect(lines.map(({ names }) => names)).toEqual([left]);
    for (const team of ['one', 'two']) {
      daemon.rewrite(configWith({ labels: { team } }, { series }));
      await expectReloaded(daemon);
      clock.set(clock.now() + 20);
      await daemon.poll();
      expect(await told()).toEqual(first);
      expect(await value(daemon, 'series')).toBeLessThanOrEqual(series.limit);
    }
    daemon.rewrite(configWith({}, { series: { limit: 3 * 52 } }));
    await expectReloaded(daemon);
    await daemon.poll();
    expect(await told()).toEqual(all);
  });
});

describe('a reload while AWS fails', () => {
  it('answers at once although all of AWS hangs, and what is known stays until AWS answers', async () => {
    const { clock, simulator, daemon, configWith } = await counting();
    simulator.setFaults([{ kind: 'stall', rate: 1 }]);
    const witness = createWitness();
    const scraping = scrapeOnAndOn(daemon, witness);
    for (const team of ['one', 'two', 'three']) {
      daemon.rewrite(configWith({ labels: { team } }));
      await expectReloaded(daemon);
      expect((await daemon.get('/-/ready')).status).toBe(200);
    }
    await nextLine(daemon, 'Poll ended');
    expect(await totals(daemon)).toEqual({ orders: 3, sales: 3 });
    expect(await teamsOf(daemon)).toEqual([undefined, undefined]);

    simulator.setFaults([]);
    clock.set(NOON + 55);
    await daemon.poll();
    expect(await totals(daemon)).toEqual({ orders: 5, sales: 5 });
    expect(await teamsOf(daemon)).toEqual(['three', 'three']);
    await scraping.stop();
    witness.expectNothingWrong();
  });

  it('in part: jobs that are listed but cannot be read keep their series', async () => {
    const { clock, simulator, daemon, configWith } = await counting();
    const witness = createWitness();
    const scraping = scrapeOnAndOn(daemon, witness);
    simulator.setFaults([{ kind: 'server_error', rate: 1, operations: ['GetJobRuns'] }]);
    daemon.rewrite(configWith({ labels: { team: 'ops' }, workflows: { exclude: ['night'] } }));
    witness.mayMiss('nightly');
    await expectReloaded(daemon);
    expect((await daemon.poll()).up).toBe(false);
    expect(await totals(daemon)).toEqual({ orders: 3, sales: 3 });
    // What is known to be gone does not wait for the rest.
    expect(samplesOf(await daemon.scrape(), 'aws_glue_workflow_runs_total')).toEqual([]);
    simulator.setFaults([]);
    clock.set(NOON + 55);
    await daemon.poll();
    expect(await totals(daemon)).toEqual({ orders: 5, sales: 5 });
    await scraping.stop();
    witness.expectNothingWrong();
  });

  it('takes away what is removed although it was changed just before', async () => {
    const { simulator, daemon, configWith } = await counting();
    simulator.setFaults([{ kind: 'stall', rate: 1 }]);
    daemon.rewrite(configWith({ labels: { team: 'ops' } }));
    await expectReloaded(daemon);
    daemon.rewrite(configWith({ region: ABROAD.region }));
    await expectReloaded(daemon);
    expect(await totals(daemon)).toEqual({});
    expect(await value(daemon, 'target_up', { aws_region: place.region })).toBeUndefined();
  });

  it('takes away what two reloads in a row filter out', async () => {
    const { daemon, configWith } = await counting();
    for (const exclude of ['orders', 'sales']) {
      daemon.rewrite(configWith({ jobs: { exclude: [exclude] } }));
      await expectReloaded(daemon);
    }
    await daemon.poll();
    expect(await totals(daemon)).toEqual({ orders: 3 });
  });
});

describe('a config that cannot be used', () => {
  it('changes nothing but what tells of it: POST answers 500, SIGHUP logs, and a good one heals it', async () => {
    const state = { path: join(temporaryFolder(), 'state') };
    const web = writeConfig('http_server_config: { headers: { X-Frame-Options: deny } }\n');
    const args = [lifecycle, `--web.config.file=${web}`];
    const { clock, daemon, configWith } = await counting({ state, args });
    const file = `${daemon.configFile}`;
    const [configBefore, loadedAt] = [
      (await daemon.get('/config')).body,
      await value(daemon, 'config_last_reload_success_timestamp_seconds'),
    ];
    const other = { ...configWith(), state: { path: `${state.path}2` } };
    const nowhere = { ...configWith(), targets: [{ account_id: ACCOUNT_ID }] };

    const expectRefused = async (...mistakes: readonly string[]): Promise<void> => {
      const logged = nextLine(daemon, 'Configuration not reloaded: the one before is still in use');
      const { status, body } = await daemon.reload();
      expect(status).toBe(500);
      const { level, error } = await logged;
      expect(level).toBe('ERROR');
      for (const mistake of mistakes) {
        expect(`${body}`).toContain(mistake);
        expect(error).toContain(mistake);
      }
      expect(`${body}`).not.toMatch(/^ +at /m);
      expect(await value(daemon, 'config_last_reload_successful')).toBe(0);
    };
    daemon.rewrite('poll:\n  interval: 1ms\n  intervall: 5s\ncollectors: [boats]\n');
    await expectRefused(`${file}:2: poll.interval: `, `${file}:3: poll.intervall: `, `${file}:4: collectors[0]: `);
    daemon.rewrite('targets: [\npoll: }');
    await expectRefused(`${file}:2: is not valid YAML`);
    daemon.rewrite(other);
    await expectRefused(`${file}: state.path: cannot be changed while the exporter runs`);
    daemon.rewrite(nowhere);
    await expectRefused(`${file}: targets: the target of ${ACCOUNT_ID} has no region`);
    rmSync(file);
    await expectRefused(`${file}: cannot be read: ENOENT`);
    // Not the default configuration: somebody may be writing it just now.
    daemon.rewrite('');
    await expectRefused(`${file}: is empty, as a file is while it is being written`);

    // The other file counts as much: nothing of a good config is taken over with a bad web config.
    daemon.rewrite(configWith({ labels: { team: 'ops' } }));
    writeConfig('http_server_config: { headers: { X-Frame-Options: maybe } }\n', web);
    await expectRefused(`${web}:1: http_server_config.headers.X-Frame-Options: `);
    const logged = nextLine(daemon, 'Configuration not reloaded: the one before is still in use');
    daemon.signal('SIGHUP');
    expect((await logged).error).toContain(`${web}:1: `);

    const after = await daemon.get('/config');
    expect(`${after.body}`).toBe(`${configBefore}`);
    expect(after.headers['x-frame-options']).toBe('deny');
    expect(await value(daemon, 'config_last_reload_success_timestamp_seconds')).toBe(loadedAt);
    expect((await daemon.get('/-/ready')).status).toBe(200);
    clock.set(NOON + 55);
    await daemon.poll();
    expect(await totals(daemon)).toEqual({ orders: 5, sales: 5 });
    expect(await teamsOf(daemon)).toEqual([undefined, undefined]);

    writeConfig('http_server_config: { headers: { X-Frame-Options: sameorigin } }\n', web);
    const reloaded = nextLine(daemon, 'Configuration reloaded');
    daemon.signal('SIGHUP');
    expect(await reloaded).toMatchObject({ level: 'INFO', targets: '1', changed: '1', removed: '1' });
    const healed = await daemon.get('/config');
    expect(`${healed.body}`).toContain('team: ops');
    expect(healed.headers['x-frame-options']).toBe('sameorigin');
    expect(await value(daemon, 'config_last_reload_successful')).toBe(1);
    expect(await value(daemon, 'config_last_reload_success_timestamp_seconds')).toBeGreaterThan(loadedAt ?? Infinity);
  });
});

describe('whoever asks for a reload', () => {
  it('needs the flag for POST, and never gets anywhere with GET; SIGHUP always works', async () => {
    const { daemon, configWith } = await counting({ args: [] });
    daemon.rewrite(configWith({ labels: { team: 'ops' } }));
    const posted = await daemon.reload();
    expect([posted.status, `${posted.body}`]).toEqual([403, 'Lifecycle API is not enabled.\n']);
    const got = await daemon.get('/-/reload');
    expect([got.status, got.headers.allow]).toEqual([405, 'POST']);
    expect(`${(await daemon.get('/config')).body}`).not.toContain('team: ops');

    const reloaded = nextLine(daemon, 'Configuration reloaded');
    daemon.signal('SIGHUP');
    await reloaded;
    await eventually('the label', async () => ((await teamsOf(daemon)).includes('ops') ? true : undefined));
  });

  it('may do so as often as he likes, all at once, in the middle of a poll: the last config counts', async () => {
    const { clock, daemon, configWith } = await counting({ latencySeconds: 0.1 });
    const witness = createWitness();
    const scraping = scrapeOnAndOn(daemon, witness);
    const answers: Promise<{ readonly status: number }>[] = [];
    for (let round = 0; round < 20; round += 1) {
      daemon.rewrite(configWith({ labels: { team: `team-${round}` } }));
      daemon.signal('SIGHUP');
      if (round % 4 === 3) answers.push(daemon.reload());
    }
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    clock.set(NOON + 55);
    await daemon.poll();
    expect(await teamsOf(daemon)).toEqual(['team-19', 'team-19']);
    expect(await totals(daemon)).toEqual({ orders: 5, sales: 5 });
    await scraping.stop();
    witness.expectNothingWrong();
    expect(daemon.logged().filter(({ level }) => level === 'ERROR')).toEqual([]);
  });
});
