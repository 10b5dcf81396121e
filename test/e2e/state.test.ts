import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hastyWorld } from '../../src/simulator/fast-world.ts';
import { randomStreams } from '../../src/simulator/random.ts';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import { entitiesOf, withEntities } from '../../src/simulator/world.ts';
import { type Daemon, type Exit, eventually, runExporter, startDaemon, temporaryFolder } from '../daemon.ts';
import { type ExposedFamily, parseExposition, samplesOf, sampleValue } from '../exposition-parser.ts';
import { describeWith, tool } from '../tools.ts';
import { configFor, NOON, place, runsEvery10s, simulate, stageClock } from './account.ts';
import { endedIn, expectSameAccount, toldBy, truthOf } from './truth.ts';
import { createWitness, scrapeOnAndOn } from './witness.ts';

const BEGIN = NOON + 60;
const JOURNAL = 'ledgers.journal';

const orders = scriptedWorld({ ...place, jobs: { orders: runsEvery10s } });

/** Failures show at once: nothing is tried again within a poll. */
const impatient = { aws: { max_attempts: 1, request_timeout: '1s' } };

/** A folder that does not exist yet. */
const statePath = (): string => join(temporaryFolder(), 'state');

const succeeded = (exposition: readonly ExposedFamily[]): number | undefined =>
  sampleValue(exposition, 'aws_glue_job_runs_total', { job_name: 'orders', state: 'SUCCEEDED' });

const lost = (exposition: readonly ExposedFamily[]): number =>
  samplesOf(exposition, 'aws_glue_exporter_runs_lost_total').reduce((sum, { value }) => sum + value, 0);

/** What is told after one more poll that reads everything. */
const nextPoll = async (daemon: Daemon): Promise<readonly ExposedFamily[]> => {
  expect((await daemon.poll()).up).toBe(true);
  return daemon.scrape();
};

describe('what was counted survives', () => {
  it.each([1, 2])(
    'kill -9 at any moment: no counter goes back, and at the end all is told, also what ended while it was down (%i)',
    async seed => {
      const END = BEGIN + 60;
      const world = hastyWorld({ ...place, seed: `kills/${seed}`, jobs: 20, workflows: 4, fromSeconds: BEGIN });
      const clock = stageClock();
      const fate = { requestsLeft: Number.POSITIVE_INFINITY, strike: () => {} };
      const onRequest = (): void => {
        fate.requestsLeft -= 1;
        if (fate.requestsLeft === 0) fate.strike();
      };
      const simulator = await simulate([world], { clock: clock.now, onRequest });
      const config = configFor(simulator, { state: { path: statePath() } });
      const first = await startDaemon({ config });
      await first.ready();
      expectSameAccount(toldBy(await first.scrape(), world), truthOf(world, NOON, NOON));

      const witness = createWitness();
      // 24 of them are a poll, and three more tell what there is.
      const random = randomStreams('kills')(seed);
      clock.run(BEGIN, END, 2);
      let daemon = first;
      for (let kills = 0; kills < 4; kills += 1) {
        fate.requestsLeft = 1 + Math.floor(random() * 75);
        fate.strike = () => daemon.signal('SIGKILL');
        witness.restarted();
        const scraping = scrapeOnAndOn(daemon, witness);
        expect((await daemon.exit).signal).toBe('SIGKILL');
        await scraping.stop();
        daemon = await startDaemon({ config });
      }
      clock.set(END);
      await daemon.ready();
      witness.restarted();
      const exposition = witness.see(await nextPoll(daemon));
      expectSameAccount(toldBy(exposition, world), truthOf(world, NOON, END));
      expect(endedIn(world, NOON, END)).toBeGreaterThan(250);
      expect(lost(exposition)).toBe(0);
      expect(witness.scrapes).toBeGreaterThan(10);
      witness.expectNothingWrong();
    },
  );

  it('kill -9 in the moment in which a count is first seen, although Glue has forgotten the runs behind it', async () => {
    const clock = stageClock();
    const remembered = { from: NOON };
    const forgetful = scriptedWorld({
      ...place,
      jobs: { orders: at => runsEvery10s(at).filter(({ StartedOn }) => Number(StartedOn) >= remembered.from) },
    });
    const simulator = await simulate([forgetful], { clock: clock.now });
    const config = configFor(simulator, { state: { path: statePath() } });
    const first = await startDaemon({ config });
    await first.ready();
    clock.set(NOON + 35);
    await eventually('a count', async () => (succeeded(await first.scrape()) === 3 ? true : undefined));
    await first.stop('SIGKILL');
    remembered.from = NOON + 30;
    clock.set(NOON + 55);
    const second = await startDaemon({ config });
    await second.ready();
    expect(succeeded(await nextPoll(second))).toBe(5);
  });

  it('hours of downtime and SIGTERM in the middle of a poll: what ended meanwhile is counted once, over many pages', async () => {
    const [stopAt, startAt] = [BEGIN + 20 * 60, BEGIN + 200 * 60];
    // As many as a thousand runs of a job in the meantime; 200 are the largest page.
    const leisure = { startEvery: [10, 120], stretch: 10 } as const;
    const world = hastyWorld({ ...place, seed: 'downtime', jobs: 8, workflows: 3, fromSeconds: BEGIN, ...leisure });
    const clock = stageClock();
    const simulator = await simulate([world], { clock: clock.now, latencySeconds: 0.05 });
    const config = configFor(simulator, { state: { path: statePath() } });
    const first = await startDaemon({ config });
    await first.ready();
    clock.run(BEGIN, stopAt, 600);
    await clock.finished();
    const asked = simulator.requests.get('GetJobRuns') ?? 0;
    await eventually('a poll under way', () =>
      (simulator.requests.get('GetJobRuns') ?? 0) > asked ? true : undefined,
    );
    const witness = createWitness();
    witness.see(await first.scrape());
    expect((await first.stop()).code).toBe(0);

    clock.set(startAt);
    const second = await startDaemon({ config });
    await second.ready();
    witness.restarted();
    const exposition = witness.see(await second.scrape());
    const [busiest] = entitiesOf(world, 'jobs');
    expect(busiest && endedIn({ ...world, entities: { jobs: [busiest] } }, stopAt, startAt)).toBeGreaterThan(600);
    expectSameAccount(toldBy(exposition, world), truthOf(world, NOON, startAt));
    expect(lost(exposition)).toBe(0);
    witness.expectNothingWrong();
    // Nothing is counted twice later either.
    expectSameAccount(toldBy(await nextPoll(second), world), truthOf(world, NOON, startAt));
  });

  it('a job that vanishes and returns: it goes on from its totals, also when the exporter was killed meanwhile', async () => {
    const clock = stageClock();
    const gone = { names: new Set<string>() };
    const world = scriptedWorld({ ...place, jobs: { orders: runsEvery10s, others: runsEvery10s } });
    const jobs = entitiesOf(world, 'jobs').map(job => ({ ...job, exists: () => !gone.names.has(job.name) }));
    const simulator = await simulate([withEntities(world, { jobs })], { clock: clock.now });
    const config = configFor(simulator, { state: { path: statePath() }, poll: { discovery_interval: '1s' } });
    const first = await startDaemon({ config });
    await first.ready();
    clock.set(NOON + 35);
    expect(succeeded(await nextPoll(first))).toBe(3);
    gone.names.add('orders');
    await eventually('its end', async () => (succeeded(await first.scrape()) === undefined ? true : undefined));
    await first.stop('SIGKILL');

    clock.set(NOON + 55);
    const second = await startDaemon({ config });
    await second.ready();
    expect(succeeded(await nextPoll(second))).toBeUndefined();
    gone.names.clear();
    const total = await eventually('its return', async () => succeeded(await second.scrape()));
    expect(total).toBe(5);
  });

  it('the runs of a job that is the first of its account, created while the exporter was down', async () => {
    const clock = stageClock();
    const jobs = entitiesOf(orders, 'jobs').map(job => ({ ...job, exists: (at: number) => at > NOON + 100 }));
    const simulator = await simulate([withEntities(orders, { jobs })], { clock: clock.now });
    const config = configFor(simulator, { state: { path: statePath() } });
    const first = await startDaemon({ config });
    await first.ready();
    await first.poll();
    await first.stop();
    clock.set(NOON + 105);
    const second = await startDaemon({ config });
    await second.ready();
    expect(succeeded(await nextPoll(second))).toBe(10);
  });
});

/** The state of an exporter that has counted three runs. */
const savedState = (() => {
  let saved: Buffer | undefined;
  return async (): Promise<Buffer> => {
    if (saved !== undefined) return saved;
    const clock = stageClock();
    const simulator = await simulate([orders], { clock: clock.now });
    const path = statePath();
    const daemon = await startDaemon({ config: configFor(simulator, { state: { path } }) });
    await daemon.ready();
    clock.set(NOON + 35);
    expect(succeeded(await nextPoll(daemon))).toBe(3);
    await daemon.stop();
    expect(readdirSync(path)).toEqual([JOURNAL]);
    saved = readFileSync(join(path, JOURNAL));
    return saved;
  };
})();

const expectComplaint = ({ code, stdout, stderr }: Exit, ...words: readonly string[]): void => {
  expect([code, stdout]).toEqual([1, '']);
  for (const word of words) expect(stderr).toContain(word);
  expect(stderr).not.toMatch(/^ +at /m);
};

/** Starts an exporter that asks nobody anything. */
const startOn = (path: string, args: readonly string[] = ['--web.listen-address=127.0.0.1:0']) =>
  runExporter({ args, config: { targets: [{ region: 'eu-west-1', endpoint: 'http://127.0.0.1:1' }], state: { path } } })
    .exit;

describe('a start with a state file that is not exactly what was saved is refused, and the file left as it is', () => {
  const flipped = (bytes: Buffer): Buffer => {
    const middle = Math.floor(bytes.length / 2);
    return Buffer.from(bytes.map((byte, index) => (index === middle ? byte ^ 1 : byte)));
  };
  const png = Buffer.from('89504e470d0a1a0a0000000d4948445200000001000000010806000000', 'hex');

  it.each([
    ['damaged: one bit in the middle', flipped, ['is damaged', 'move it away']],
    [
      'damaged where it looks good: another number of runs',
      (bytes: Buffer) => Buffer.from(`${bytes}`.replaceAll('"runs/SUCCEEDED":3', '"runs/SUCCEEDED":7')),
      ['is damaged', 'resets all counters'],
    ],
    ['truncated by a tenth', (bytes: Buffer) => bytes.subarray(0, bytes.length * 0.9), ['is damaged: it is truncated']],
    ['truncated to five bytes', (bytes: Buffer) => bytes.subarray(0, 5), ['is damaged: it is truncated', '5 bytes']],
    ['empty', () => Buffer.alloc(0), ['is damaged: it is truncated', 'Put a good copy in its place']],
    ['a picture', () => png, ['is not a state file of aws-glue-exporter', 'set state.path to a folder of its own']],
    [
      'of a newer version',
      (bytes: Buffer) => Buffer.from(bytes.toString('latin1').replace('state 1\n', 'state 2\n'), 'latin1'),
      ['has format 2', 'Run the version that wrote it'],
    ],
  ])('%s', async (_how, spoil, words) => {
    const saved = await savedState();
    const spoilt = spoil(saved);
    expect(spoilt.equals(saved)).toBe(false);
    const path = temporaryFolder();
    const file = join(path, JOURNAL);
    writeFileSync(file, spoilt);
    expectComplaint(await startOn(path), file, ...words);
    expect(readFileSync(file).equals(spoilt)).toBe(true);
    expect(readdirSync(path)).toEqual([JOURNAL]);
  });

  it('but what a crash has cut off was never exposed: it is dropped with a warning, and the rest counts', async () => {
    const path = temporaryFolder();
    writeFileSync(join(path, JOURNAL), await savedState());
    const torn = 'f00dbabe [99,[["ledger/1111222';
    appendFileSync(join(path, JOURNAL), torn);
    const clock = stageClock(NOON + 55);
    const simulator = await simulate([orders], { clock: clock.now });
    const daemon = await startDaemon({ config: configFor(simulator, { state: { path } }) });
    const warning = await daemon.log('the dropped save', line =>
      line.msg?.startsWith('A save that') ? line : undefined,
    );
    expect(warning).toMatchObject({ level: 'WARN', path, bytes: `${torn.length}` });
    await daemon.ready();
    expect(succeeded(await daemon.scrape())).toBe(5);
  });
});

describe('state.path', () => {
  it('belongs to one daemon: a second one is refused, once leaves it alone, and after kill -9 the next one has it', async () => {
    const clock = stageClock();
    const simulator = await simulate([orders], { clock: clock.now });
    const path = statePath();
    const file = join(path, JOURNAL);
    const config = configFor(simulator, { state: { path } });
    const first = await startDaemon({ config });
    await first.ready();
    clock.set(NOON + 35);
    await first.poll();
    // Three answers after the jump of time it is known what time it is; a poll has one. Then nothing changes any more.
    for (let polls = 0; polls < 4; polls += 1) await first.poll();
    expect(succeeded(await nextPoll(first))).toBe(3);

    const before = readFileSync(file, 'latin1');
    const second = runExporter({ config, args: ['--web.listen-address=127.0.0.1:0'] });
    const once = await runExporter({ config, args: ['once'] }).exit;
    expectComplaint(await second.exit, join(path, 'lock'), 'is held by another aws-glue-exporter');
    expect([once.code, succeeded(parseExposition(once.stdout))]).toEqual([0, 0]);
    expect(readFileSync(file, 'latin1')).toBe(before);
    clock.set(NOON + 55);
    expect(succeeded(await nextPoll(first))).toBe(5);

    await first.stop('SIGKILL');
    const third = await startDaemon({ config });
    await third.ready();
    expect(succeeded(await third.scrape())).toBe(5);
    expect(third.logged().filter(({ level }) => level === 'WARN' || level === 'ERROR')).toEqual([]);
  });

  it('must be a folder that can be made and written to', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'file');
    writeFileSync(file, 'precious');
    const occupied = join(folder, 'occupied');
    mkdirSync(join(occupied, JOURNAL), { recursive: true });
    const places = [
      [file, 'it is a file; set state.path to a folder'],
      [join(file, 'below'), 'a part of the path is a file; set state.path to a folder'],
      ['/proc/aws-glue-exporter', 'cannot be used: ENOENT'],
      [occupied, 'is a directory, not a regular file; move it away'],
    ] as const;
    const exits = await Promise.all(places.map(([path]) => startOn(path)));
    for (const [index, [path, word]] of places.entries()) {
      const exit = exits[index];
      if (exit !== undefined) expectComplaint(exit, path, word);
    }
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });

  it('can be left out: then nothing is written anywhere', async () => {
    const home = temporaryFolder();
    const simulator = await simulate([orders]);
    const before = readdirSync('.');
    const daemon = await startDaemon({ config: configFor(simulator), env: { HOME: home, TMPDIR: home } });
    await daemon.ready();
    await daemon.poll();
    expect(sampleValue(await daemon.scrape(), 'aws_glue_exporter_state_save_failures_total')).toBe(0);
    await daemon.stop();
    expect(readdirSync(home)).toEqual([]);
    expect(readdirSync('.')).toEqual(before);
  });
});

/** Fails when the exporter does not own up to having saved nothing. */
const expectUnsaved = async (daemon: Daemon, failuresBefore: number): Promise<number> => {
  const { up } = await daemon.poll();
  const exposition = await daemon.scrape();
  expect([up, sampleValue(exposition, 'aws_glue_exporter_collector_up', { collector: 'jobs' })]).toEqual([false, 0]);
  const failures = sampleValue(exposition, 'aws_glue_exporter_state_save_failures_total') ?? 0;
  expect(failures).toBeGreaterThan(failuresBefore);
  return failures;
};

describe('a state that cannot be saved', () => {
  describeWith(tool('prlimit'), 'for want of room on the disk', prlimit => {
    /** As a full disk, but only for this process. */
    const letWrite = ({ process }: Daemon, bytes: number | 'unlimited'): void => {
      execFileSync(prlimit, [`--pid=${process.pid}`, `--fsize=${bytes}:`]);
    };

    it('exposes nothing that was not saved, says so, and goes on by itself when there is room again', async () => {
      const clock = stageClock();
      const simulator = await simulate([orders], { clock: clock.now });
      const path = statePath();
      const config = configFor(simulator, { ...impatient, state: { path } });
      const daemon = await startDaemon({ config });
      await daemon.ready();
      clock.set(NOON + 35);
      expect(succeeded(await nextPoll(daemon))).toBe(3);
      letWrite(daemon, 100);
      clock.set(NOON + 55);
      const failures = await expectUnsaved(daemon, 0);
      await expectUnsaved(daemon, failures);
      expect(succeeded(await daemon.scrape())).toBe(3);
      expect(`${(await daemon.get('/')).body}`).toContain('the state could not be saved: EFBIG');
      const told = daemon
        .logged()
        .filter(({ msg, error }) => msg === 'Poll failed' && error?.includes('could not be saved'));
      expect(told).not.toEqual([]);

      // What is on the disk is what was exposed, or what is about to be: never less.
      const copy = temporaryFolder();
      writeFileSync(join(copy, JOURNAL), readFileSync(join(path, JOURNAL)));
      const other = await startDaemon({ config: configFor(simulator, { state: { path: copy } }) });
      await other.ready();
      expect(succeeded(await other.scrape())).toBe(5);

      letWrite(daemon, 'unlimited');
      clock.set(NOON + 75);
      expect(succeeded(await nextPoll(daemon))).toBe(7);
      expect(readdirSync(path).sort()).toEqual([JOURNAL, 'lock']);
      await daemon.stop('SIGKILL');
      const next = await startDaemon({ config });
      await next.ready();
      expect(succeeded(await next.scrape())).toBe(7);
    });
  });

  it('because its file was removed is written anew, with everything in it', async () => {
    const clock = stageClock();
    const world = scriptedWorld({ ...place, jobs: { orders: runsEvery10s, idle: [] } });
    const simulator = await simulate([world], { clock: clock.now });
    const path = statePath();
    const config = configFor(simulator, { ...impatient, state: { path } });
    const daemon = await startDaemon({ config });
    await daemon.ready();
    clock.set(NOON + 35);
    expect(succeeded(await nextPoll(daemon))).toBe(3);
    rmSync(join(path, JOURNAL));
    clock.set(NOON + 55);
    await expectUnsaved(daemon, 0);
    expect(succeeded(await nextPoll(daemon))).toBe(5);
    expect(`${readFileSync(join(path, JOURNAL))}`).toContain('/jobs/idle');
    await daemon.stop();
    const next = await startDaemon({ config });
    await next.ready();
    expect(succeeded(await next.scrape())).toBe(5);
  });

  it('because its folder was removed is saved again once the folder is back', async () => {
    const clock = stageClock();
    const simulator = await simulate([orders], { clock: clock.now });
    const path = statePath();
    const daemon = await startDaemon({ config: configFor(simulator, { ...impatient, state: { path } }) });
    await daemon.ready();
    rmSync(path, { recursive: true });
    clock.set(NOON + 35);
    const failures = await expectUnsaved(daemon, 0);
    await expectUnsaved(daemon, failures);
    expect(succeeded(await daemon.scrape())).toBe(0);
    mkdirSync(path);
    expect(succeeded(await nextPoll(daemon))).toBe(3);
    expect((await daemon.stop()).code).toBe(0);
  });
});
