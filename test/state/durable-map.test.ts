import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type DurableMap, memoryMap, openDurableMap, type StateObserver } from '../../src/state/durable-map.ts';
import { StateError } from '../../src/state/journal.ts';
import { temporaryFolder } from '../daemon.ts';

const silent: StateObserver = { unfinishedSave: () => {}, notLocked: () => {}, smallVolume: () => {} };

const open = async (folder: string, observer = silent): Promise<DurableMap> => {
  const map = await openDurableMap(folder, observer);
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= map.close();
    return closed;
  };
  onTestFinished(close);
  return { ...map, close };
};

const contentOf = (map: DurableMap): object => Object.fromEntries(map.entries());

describe('a durable map', () => {
  test('has after a restart what was saved before', async () => {
    const folder = join(temporaryFolder(), 'made', 'on', 'the way');
    const map = await open(folder);
    await map.set('a', { runs: 1 });
    await Promise.all([map.set('b', 'two'), map.set('a', { runs: 2 }), map.set('c', [3])]);
    await map.set('c', undefined);
    expect(contentOf(map)).toEqual({ a: { runs: 2 }, b: 'two' });
    await map.close();
    expect(readdirSync(folder)).toEqual(['ledgers.journal']);
    expect(contentOf(await open(folder))).toEqual({ a: { runs: 2 }, b: 'two' });
  });

  test('says that something is saved when it is, and not before', async () => {
    const folder = temporaryFolder();
    const map = await open(folder);
    const first = map.set('a', 1);
    expect(contentOf(map)).toEqual({});
    await first;
    expect(contentOf(map)).toEqual({ a: 1 });
    // As after a kill: the lock is the only thing that a second one could not have.
    const copy = temporaryFolder();
    renameSync(join(folder, 'ledgers.journal'), join(copy, 'ledgers.journal'));
    expect(contentOf(await open(copy))).toEqual({ a: 1 });
  });

  test('saves in one go what comes while it is saving', async () => {
    const folder = temporaryFolder();
    const map = await open(folder);
    const values = Array.from({ length: 500 }, (_, index) => [`key-${index}`, index] as const);
    await Promise.all(values.map(([key, value]) => map.set(key, value)));
    await map.close();
    const text = readFileSync(join(folder, 'ledgers.journal'), 'utf8');
    // The title, two commits, the first save, and everything else.
    expect(text.trimEnd().split('\n')).toHaveLength(3 + 2);
    expect(contentOf(await open(folder))).toEqual(Object.fromEntries(values));
  });

  test('stays small however often a value is saved', async () => {
    const folder = temporaryFolder();
    const map = await open(folder);
    const large = 'x'.repeat(100_000);
    for (let save = 0; save < 100; save += 1) await map.set('a', `${save}${large}`);
    expect(statSync(join(folder, 'ledgers.journal')).size).toBeLessThan(5_000_000);
    await map.close();
    expect(contentOf(await open(folder))).toEqual({ a: `99${large}` });
  });

  test('keeps what it has when a save fails, and saves all of it when that is possible again', async () => {
    const folder = temporaryFolder();
    const map = await open(folder);
    await map.set('a', 1);
    rmSync(join(folder, 'ledgers.journal'));
    // Where the new file would have to be written, there is a folder.
    mkdirSync(join(folder, 'ledgers.journal.new'));
    await expect(map.set('a', 2)).rejects.toThrow('was removed');
    await expect(map.set('b', 3)).rejects.toThrow(
      'ledgers.journal.new is a directory, not a regular file; move it away',
    );
    expect(contentOf(map)).toEqual({ a: 1 });
    rmSync(join(folder, 'ledgers.journal.new'), { recursive: true });
    await map.set('b', 4);
    expect(contentOf(map)).toEqual({ a: 1, b: 4 });
    await map.close();
    expect(contentOf(await open(folder))).toEqual({ a: 1, b: 4 });
  });

  test('goes on when a new file was in its place already as something failed', async () => {
    const folder = temporaryFolder();
    const map = await open(folder);
    await map.set('a', 1);
    rmSync(join(folder, 'ledgers.journal'));
    await expect(map.set('a', 2)).rejects.toThrow('was removed');
    // The next save writes a new file: its content is synced, it is renamed, and then its folder cannot be.
    const handle = await openFile(folder, 'r');
    const prototype: object = Object.getPrototypeOf(handle);
    await handle.close();
    const original: unknown = Reflect.get(prototype, 'sync');
    let syncs = 0;
    const failing = async function sync(this: unknown): Promise<void> {
      syncs += 1;
      if (syncs === 2) throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' });
      if (typeof original === 'function') await original.call(this);
    };
    Reflect.set(prototype, 'sync', failing);
    onTestFinished(() => void Reflect.set(prototype, 'sync', original));
    await expect(map.set('a', 3)).rejects.toThrow('EIO');
    await map.set('a', 4);
    await map.close();
    expect(contentOf(await open(folder))).toEqual({ a: 4 });
  });

  test('never writes over what another daemon has put in its place', async () => {
    const [mine, theirs] = [temporaryFolder(), temporaryFolder()];
    const map = await open(mine);
    await map.set('a', 1);
    const other = await open(theirs);
    await other.set('b', 2);
    renameSync(join(theirs, 'ledgers.journal'), join(mine, 'ledgers.journal'));
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expect(map.set('a', 2)).rejects.toThrow('two daemons must not share state.path');
    }
    await map.close();
    expect(contentOf(await open(mine))).toEqual({ b: 2 });
  });

  test('is refused to a second daemon, and the first goes on', async () => {
    const folder = temporaryFolder();
    const map = await open(folder);
    await expect(openDurableMap(folder, silent)).rejects.toThrow('held by another aws-glue-exporter');
    await map.set('a', 1);
    await map.close();
    expect(contentOf(await open(folder))).toEqual({ a: 1 });
  });

  test('tells of a save that a crash cut off', async () => {
    const folder = temporaryFolder();
    const map = await open(folder);
    await map.set('a', 1);
    await map.close();
    appendFileSync(join(folder, 'ledgers.journal'), 'half of a li');
    const told: number[] = [];
    const again = await open(folder, { ...silent, unfinishedSave: bytes => told.push(bytes) });
    expect(told).toEqual([12]);
    expect(contentOf(again)).toEqual({ a: 1 });
  });

  test('lets go of its lock when what is there cannot be used', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'ledgers.journal'), 'something else');
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await expect(openDurableMap(folder, silent)).rejects.toThrow('is not a state file of aws-glue-exporter');
    }
    expect(existsSync(join(folder, 'lock'))).toBe(false);
  });

  test.each([
    ['a file', (folder: string) => writeFileSync(folder, ''), /it is a file; set state.path to a folder/],
    ['below a file', (folder: string) => writeFileSync(join(folder, '..'), ''), /a part of the path is a file/],
  ])('says what is wrong with its folder: %s', async (what, make, message) => {
    const folder = what === 'a file' ? join(temporaryFolder(), 'x') : join(temporaryFolder(), 'x', 'y');
    make(folder);
    const opening = openDurableMap(folder, silent);
    await expect(opening).rejects.toThrow(StateError);
    await expect(opening).rejects.toThrow(message);
    await expect(opening).rejects.toThrow(folder);
  });

  test('says what is wrong where nothing can be written', async () => {
    // Not even root may make a folder there.
    const opening = openDurableMap('/proc/aws-glue-exporter', silent);
    await expect(opening).rejects.toThrow(/state.path \/proc\/aws-glue-exporter cannot be used: .*set .*state.path/);
  });
});

test('a map in memory is the same without the disk', async () => {
  const map = memoryMap();
  await map.set('a', 1);
  await map.set('b', 2);
  await map.set('a', undefined);
  expect(contentOf(map)).toEqual({ b: 2 });
  await map.close();
});
