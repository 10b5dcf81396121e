import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { randomStreams } from '../../src/simulator/random.ts';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import { openDurableMap, type StateObserver } from '../../src/state/durable-map.ts';
import { readJournal } from '../../src/state/journal.ts';
import { entryText, lineOf } from '../../src/state/journal-format.ts';
import { cleanEnvironment, run, runExporter, startDaemon, temporaryFolder } from '../daemon.ts';
import { type ExposedFamily, sampleValue } from '../exposition-parser.ts';
import { smallVolume, smallVolumes } from '../small-volume.ts';
import { committed, journalOf, KEYS, keyOf, STATE_BYTES, valueOfSave } from '../state/example-state.ts';
import { describeWith } from '../tools.ts';
import { configFor, NOON, place, runsEvery10s, simulate, stageClock } from './account.ts';

const JOURNAL = 'ledgers.journal';
const BUILT_MAP = fileURLToPath(new URL('../../dist/state/durable-map.js', import.meta.url));
const SAVING = fileURLToPath(new URL('../state/saving.mjs', import.meta.url));

const observer: StateObserver = { unfinishedSave: () => {}, notLocked: () => {}, smallVolume: () => {} };
const orders = scriptedWorld({ ...place, jobs: { orders: runsEvery10s } });

const succeeded = (exposition: readonly ExposedFamily[]): number | undefined =>
  sampleValue(exposition, 'aws_glue_job_runs_total', { job_name: 'orders', state: 'SUCCEEDED' });

const contentIn = async (folder: string): Promise<ReadonlyMap<string, unknown>> =>
  (await readJournal(join(folder, JOURNAL)))?.values ?? new Map();

const saveOf = (value: unknown): number =>
  typeof value === 'object' && value !== null && 'save' in value ? Number(value.save) : Number.NaN;

describeWith(smallVolumes(), 'a volume with little room', () => {
  it.each([1.1, 1.2, 1.5, 2, 3])('takes saves for ever when it has %s times the state', async times => {
    const folder = smallVolume(STATE_BYTES * times + 16 * 1024);
    const map = await openDurableMap(folder, observer);
    for (let save = 0; save < 20 * KEYS; save += 8) {
      await Promise.all(
        Array.from({ length: 8 }, (_, index) => map.set(keyOf(save * 7 + index), valueOfSave(save + index))),
      );
    }
    const before = Object.fromEntries(map.entries());
    await map.close();
    expect(readdirSync(folder)).toEqual([JOURNAL]);
    const again = await openDurableMap(folder, observer);
    expect(Object.fromEntries(again.entries())).toEqual(before);
    await again.close();
  });

  it('takes saves again after its file was removed, which was held open', async () => {
    const folder = smallVolume(STATE_BYTES * 1.5);
    writeFileSync(join(folder, JOURNAL), journalOf(0));
    const map = await openDurableMap(folder, observer);
    rmSync(join(folder, JOURNAL));
    await expect(map.set(keyOf(0), valueOfSave(1000))).rejects.toThrow('was removed');
    await map.set(keyOf(0), valueOfSave(1001));
    await map.close();
    const content = await contentIn(folder);
    expect([content.size, saveOf(content.get(keyOf(0)))]).toEqual([KEYS, 1001]);
  });

  it('loses nothing that was saved when the process is killed at any operation on its file', async () => {
    const folder = smallVolume(STATE_BYTES * 1.2);
    writeFileSync(join(folder, JOURNAL), journalOf(0));
    const saved = new Map<string, number>();
    const random = randomStreams('kills')(0);
    let compacting = 0;
    let saves = KEYS;
    for (let kills = 0; kills < 40; kills += 1) {
      const child = run(process.execPath, [SAVING, BUILT_MAP, folder, `${saves}`], {
        ...cleanEnvironment(),
        KILL_AT: `${1 + Math.floor(random() * 400)}`,
      });
      const { signal, stdout, stderr } = await child.exit;
      expect([signal, stderr]).toEqual(['SIGKILL', '']);
      for (const [key = '', save] of stdout.split('\n').map(line => line.split(' '))) {
        if (save !== undefined) saved.set(key, Number(save));
      }
      saves = Math.max(saves, ...saved.values()) + 1;
      if (readFileSync(join(folder, JOURNAL)).subarray(0, 26).toString().endsWith('2\n')) compacting += 1;
      const content = await contentIn(folder);
      expect(content.size).toBe(KEYS);
      for (const [key, save] of saved) expect(saveOf(content.get(key))).toBeGreaterThanOrEqual(save);
    }
    expect(compacting).toBeGreaterThan(2);
    expect(saves).toBeGreaterThan(3 * KEYS);
  });

  it('does not keep the exporter from starting when it is full of a journal that is out of date', async () => {
    const clock = stageClock();
    const simulator = await simulate([orders], { clock: clock.now });
    const path = temporaryFolder();
    const first = await startDaemon({ config: configFor(simulator, { state: { path } }) });
    await first.ready();
    clock.set(NOON + 35);
    await first.poll();
    expect(succeeded(await first.scrape())).toBe(3);
    await first.stop();

    const entries = [...(await contentIn(path))].map(([key, value]) => entryText(key, value));
    const folder = smallVolume(64 * 1024);
    const lines: Buffer[] = [];
    for (let bytes = 200; bytes < 64 * 1024; ) {
      const line = lineOf(lines.length + 1, entries);
      bytes += line.length;
      if (bytes < 64 * 1024) lines.push(line);
    }
    writeFileSync(join(folder, JOURNAL), committed(lines));
    clock.set(NOON + 55);
    const daemon = await startDaemon({ config: configFor(simulator, { state: { path: folder } }) });
    const warning = await daemon.log('the small volume', line =>
      line.msg?.startsWith('The volume') ? line : undefined,
    );
    expect(warning).toMatchObject({
      level: 'WARN',
      msg: 'The volume of state.path has no room for a second journal, compacting in place',
      path: folder,
    });
    await daemon.ready();
    expect(succeeded(await daemon.scrape())).toBe(5);
    await daemon.stop('SIGKILL');
    clock.set(NOON + 75);
    const last = await startDaemon({ config: configFor(simulator, { state: { path: folder } }) });
    await last.ready();
    expect(succeeded(await last.scrape())).toBe(7);
    expect(sampleValue(await last.scrape(), 'aws_glue_exporter_state_save_failures_total')).toBe(0);
  });

  it('is named with the size that it must have when the state does not fit', async () => {
    const folder = smallVolume(STATE_BYTES + 20_000);
    writeFileSync(join(folder, JOURNAL), journalOf(0));
    writeFileSync(join(folder, 'other'), Buffer.alloc(16_000));
    const { code, stderr } = await runExporter({
      args: ['--web.listen-address=127.0.0.1:0'],
      config: { targets: [{ region: 'eu-west-1', endpoint: 'http://127.0.0.1:1' }], state: { path: folder } },
    }).exit;
    expect(code).toBe(1);
    expect(stderr).toContain(`state.path ${folder} is full: the state takes 0.2 MB`);
    expect(stderr).toContain('use a volume of 5 MB, and at least of 2 MB');
    expect([...(await contentIn(folder)).keys()]).toHaveLength(KEYS);
  });
});

describe('a FIFO in place of the journal', () => {
  it('ends the start with its name, and does not block it', async () => {
    const folder = temporaryFolder();
    const path = join(folder, JOURNAL);
    await run('mkfifo', [path]).exit;
    const { code, stderr } = await runExporter({
      args: ['--web.listen-address=127.0.0.1:0'],
      config: { targets: [{ region: 'eu-west-1', endpoint: 'http://127.0.0.1:1' }], state: { path: folder } },
    }).exit;
    expect(code).toBe(1);
    expect(stderr).toContain(`${path} is a FIFO (named pipe), not a regular file; move it away and start again`);
  });
});
