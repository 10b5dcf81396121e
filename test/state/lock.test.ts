import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { StateError } from '../../src/state/journal.ts';
import { takeLock } from '../../src/state/lock.ts';
import { temporaryFolder } from '../daemon.ts';

/** Holds a lock in another process until it is killed. */
const heldElsewhere = async (path: string): Promise<() => Promise<void>> => {
  const program = `require('net').createServer(s => s.destroy()).listen(process.argv[1], () => console.log('held'))`;
  const holder = spawn(process.execPath, ['-e', program, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    holder.kill('SIGKILL');
  });
  await once(holder.stdout, 'data');
  return async () => {
    holder.kill('SIGKILL');
    await once(holder, 'exit');
  };
};

describe('a lock', () => {
  test('is held by one, refused to a second, and free again when it is released', async () => {
    const path = join(temporaryFolder(), 'lock');
    const lock = await takeLock(path);
    await expect(takeLock(path)).rejects.toThrow(StateError);
    await expect(takeLock(path)).rejects.toThrow('held by another aws-glue-exporter');
    await lock?.release();
    expect(existsSync(path)).toBe(false);
    await (await takeLock(path))?.release();
  });

  test('is refused while another process has it, and taken at once when that was killed', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'lock');
    const kill = await heldElsewhere(path);
    await expect(takeLock(path)).rejects.toThrow('held by another');
    await kill();
    expect(existsSync(path), 'a killed process leaves its socket').toBe(true);
    const lock = await takeLock(path);
    await expect(takeLock(path)).rejects.toThrow('held by another');
    expect(readdirSync(folder)).toEqual(['lock']);
    await lock?.release();
  });

  test('goes to one of many who all find it dead', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'lock');
    await (await heldElsewhere(path))();
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => takeLock(path)));
    const taken = results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []));
    expect(taken).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(StateError);
    }
    expect(readdirSync(folder)).toEqual(['lock']);
    await taken[0]?.release();
  });

  test('is not made of a file of somebody else', async () => {
    const path = join(temporaryFolder(), 'lock');
    writeFileSync(path, 'mine');
    await expect(takeLock(path)).rejects.toThrow('is in the way: it is not a lock');
    expect(existsSync(path)).toBe(true);
  });

  test('says when its path is too long for a socket', async () => {
    await expect(takeLock(join(temporaryFolder(), 'x'.repeat(100)))).rejects.toThrow('choose a shorter state.path');
  });

  test('leaves alone at its release what somebody else has put there', async () => {
    const path = join(temporaryFolder(), 'lock');
    const lock = await takeLock(path);
    renameSync(path, `${path}.away`);
    const other = createServer();
    other.listen(path);
    await once(other, 'listening');
    await lock?.release();
    expect(existsSync(path)).toBe(true);
    other.close();
    await once(other, 'close');
  });
});
