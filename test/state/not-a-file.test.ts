import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDurableMap, type StateObserver } from '../../src/state/durable-map.ts';
import { StateError } from '../../src/state/state-error.ts';
import { temporaryFolder } from '../daemon.ts';

const observer: StateObserver = { unfinishedSave: () => {}, notLocked: () => {}, smallVolume: () => {} };

const makeSocket = async (path: string): Promise<void> => {
  const server = createServer();
  server.listen(path);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
};

const things: readonly [kind: string, message: string, make: (path: string) => Promise<void> | void][] = [
  ['a FIFO', 'is a FIFO (named pipe)', path => void execFileSync('mkfifo', [path])],
  ['a directory', 'is a directory', path => void mkdirSync(path)],
  ['a socket', 'is a socket', makeSocket],
];

const expectRefused = async (folder: string, path: string, message: string): Promise<void> => {
  const before = lstatSync(path).ino;
  const opening = openDurableMap(folder, observer);
  await expect(opening).rejects.toThrow(StateError);
  await expect(opening).rejects.toThrow(`${path} ${message}, not a regular file; move it away and start again`);
  expect(lstatSync(path).ino).toBe(before);
};

describe('what is no regular file is refused and left alone, and nothing waits for it', () => {
  test.each(things)('%s in place of the journal', async (_kind, message, make) => {
    const folder = temporaryFolder();
    const path = join(folder, 'ledgers.journal');
    await make(path);
    await expectRefused(folder, path, message);
  });

  test('a device in place of the journal', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'ledgers.journal');
    symlinkSync('/dev/zero', path);
    await expectRefused(folder, path, 'is a device');
  });

  test.each([...things, ['a symlink', 'is a symlink', (path: string) => symlinkSync('precious', path)] as const])(
    '%s in place of the new journal',
    async (_kind, message, make) => {
      const folder = temporaryFolder();
      writeFileSync(join(folder, 'precious'), 'precious');
      const path = join(folder, 'ledgers.journal.new');
      await make(path);
      await expectRefused(folder, path, message);
      expect(readFileSync(join(folder, 'precious'), 'utf8')).toBe('precious');
    },
  );

  test.each([
    ['a FIFO', (path: string) => void execFileSync('mkfifo', [path])],
    ['a directory', (path: string) => void mkdirSync(path)],
    ['a symlink to nothing', (path: string) => symlinkSync('nothing', path)],
  ])('%s in place of the lock', async (_kind, make) => {
    const folder = temporaryFolder();
    const path = join(folder, 'lock');
    make(path);
    await expect(openDurableMap(folder, observer)).rejects.toThrow(`${path} is in the way: it is not a lock`);
    await expect(openDurableMap(folder, observer)).rejects.toThrow(StateError);
  });

  test('but a symlink to a journal is read, and the journal takes its place', async () => {
    const folder = temporaryFolder();
    const map = await openDurableMap(folder, observer);
    await map.set('a', 1);
    await map.close();
    const [path, elsewhere] = [join(folder, 'ledgers.journal'), join(temporaryFolder(), 'copy')];
    renameSync(path, elsewhere);
    const before = readFileSync(elsewhere);
    symlinkSync(elsewhere, path);
    const again = await openDurableMap(folder, observer);
    expect([...again.entries()]).toEqual([['a', 1]]);
    await again.set('a', 2);
    await again.close();
    expect(lstatSync(path).isFile()).toBe(true);
    expect(readFileSync(elsewhere).equals(before)).toBe(true);
  });
});
