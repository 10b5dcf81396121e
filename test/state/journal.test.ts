import { appendFileSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  type Journal,
  journalBytes,
  openJournal,
  readJournal,
  StateError,
  writeJournal,
} from '../../src/state/journal.ts';
import { temporaryFolder } from '../daemon.ts';

/** The title; the title and two commits. */
const TITLE_BYTES = 26;
const HEAD_BYTES = 122;

/** A journal of 250 values in three lines, then three saves. */
const written = async (): Promise<{ path: string; journal: Journal; values: Map<string, unknown> }> => {
  const path = join(temporaryFolder(), 'ledgers.journal');
  const values = new Map<string, unknown>(Array.from({ length: 250 }, (_, index) => [`key-${index}`, { index }]));
  const journal = await writeJournal(path, values, []);
  const save = async (key: string, value: unknown) => {
    await journal.append(new Map([[key, value]]));
    if (value === undefined) values.delete(key);
    else values.set(key, value);
  };
  await save('key-1', { index: 'ä new one, with a newline\n and a NUL \0' });
  await save('__proto__', { runs: 1 });
  await save('key-2', undefined);
  return { path, journal, values };
};

const expectUntouched = async (path: string, message: RegExp): Promise<void> => {
  const before = readFileSync(path);
  const error = await readJournal(path).then(
    content => {
      throw new Error(`${content?.values.size} values were read`);
    },
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StateError);
  expect(`${error}`).toContain(path);
  expect(`${error}`).toMatch(message);
  expect(readFileSync(path).equals(before)).toBe(true);
};

/** Notes in their order what is done to files: a power failure keeps what was synced, and of the rest anything. */
const noteCalls = async (path: string): Promise<string[]> => {
  const file = await open(path, 'r');
  const prototype: object = Object.getPrototypeOf(file);
  await file.close();
  const calls: string[] = [];
  for (const name of ['write', 'sync', 'datasync'] as const) {
    const original: unknown = Reflect.get(prototype, name);
    if (typeof original !== 'function') throw new Error(`files have no ${name}`);
    Reflect.set(prototype, name, function note(this: unknown, ...parameters: unknown[]) {
      const position = parameters[3];
      calls.push(name === 'write' ? `write ${Number(position) < HEAD_BYTES ? 'head' : 'lines'}` : 'sync');
      return original.apply(this, parameters);
    });
    onTestFinished(() => void Reflect.set(prototype, name, original));
  }
  return calls;
};

/** Lets a method of files fail once, after it has been called so many times. The function it returns ends that. */
const failOnce = async (path: string, method: 'write' | 'datasync', calls: number, code: string) => {
  const file = await open(path, 'r');
  const prototype: object = Object.getPrototypeOf(file);
  await file.close();
  const original: unknown = Reflect.get(prototype, method);
  if (typeof original !== 'function') throw new Error(`files have no ${method}`);
  let left = calls;
  const failing = async function (this: unknown, ...parameters: unknown[]): Promise<unknown> {
    left -= 1;
    if (left === -1) throw Object.assign(new Error(`${code}: failed, ${method}`), { code });
    return Reflect.apply(original, this, parameters);
  };
  Reflect.set(prototype, method, failing);
  const undo = () => void Reflect.set(prototype, method, original);
  onTestFinished(undo);
  return undo;
};

describe('a journal', () => {
  test('tells of a save when it is synced, committed, and the commit is synced', async () => {
    const { path, journal } = await written();
    const calls = await noteCalls(path);
    await journal.append(new Map([['key-3', 'new']]));
    expect(calls).toEqual(['write lines', 'sync', 'write head', 'sync']);
    await journal.close();
  });

  test('has a place in its folder when it is complete and synced, and its place is synced, too', async () => {
    const { path, journal, values } = await written();
    const calls = await noteCalls(path);
    await (await writeJournal(path, values, [journal.identity])).close();
    expect(calls).toEqual(['write head', 'write lines', 'write lines', 'write lines', 'write head', 'sync', 'sync']);
    await journal.close();
  });

  test('gives back exactly what was saved, deletions and odd keys included', async () => {
    const { path, journal, values } = await written();
    await journal.close();
    const content = await readJournal(path);
    expect(content?.values).toEqual(values);
    expect(content?.unfinishedBytes).toBe(0);
    expect(journal.bytes).toBe(statSync(path).size);
  });

  test('is none when there is no file, and an empty one can be written', async () => {
    const path = join(temporaryFolder(), 'ledgers.journal');
    expect(await readJournal(path)).toBeUndefined();
    await (await writeJournal(path, new Map(), [])).close();
    expect((await readJournal(path))?.values).toEqual(new Map());
  });

  test('is refused at every length that it does not have', async () => {
    const { path, journal } = await written();
    await journal.close();
    const { length } = readFileSync(path);
    for (const short of [0, 1, 10, 25, 26, 60, 121, 122, 123, 1000, length - 200, length - 2, length - 1]) {
      const cut = `${path}.${short}`;
      writeFileSync(cut, readFileSync(path).subarray(0, short));
      await expectUntouched(cut, /is truncated|nowhere/);
    }
  });

  test('is refused with any byte changed that was saved', async () => {
    const { path, journal, values } = await written();
    await journal.close();
    const good = readFileSync(path);
    for (let at = 0; at < good.length; at += at < HEAD_BYTES ? 1 : 37) {
      const changed = Buffer.from(good);
      changed[at] = (changed[at] ?? 0) ^ 0x04;
      writeFileSync(path, changed);
      const outcome = await readJournal(path).catch((error: unknown) => error);
      if (outcome instanceof StateError) continue;
      expect(at, 'only one of the two commits can be spared').toBeGreaterThanOrEqual(TITLE_BYTES);
      expect(at).toBeLessThan(HEAD_BYTES);
      expect(outcome).toMatchObject({ values });
    }
  });

  test('is refused when whole saves are taken out of its middle', async () => {
    const { path, journal } = await written();
    await journal.close();
    const lines = readFileSync(path, 'utf8').split('\n');
    lines.splice(5, 1);
    writeFileSync(path, `${lines.join('\n')}${' '.repeat(20_000)}`);
    await expectUntouched(path, /what begins at byte \d+ is not what was saved there/);
  });

  test.each([
    ['an image', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')],
    ['a text', Buffer.from('{"ledgers": {}}\n')],
    ['zeros', Buffer.alloc(4096)],
  ])('is not taken for one: %s', async (_what, bytes) => {
    const path = join(temporaryFolder(), 'ledgers.journal');
    writeFileSync(path, bytes);
    await expectUntouched(path, /is not a state file of aws-glue-exporter; set state.path/);
  });

  test('of a newer version is refused, and the version is named', async () => {
    const { path, journal } = await written();
    await journal.close();
    writeFileSync(path, readFileSync(path, 'latin1').replace('state 1\n', 'state 27\n'), 'latin1');
    await expectUntouched(path, /has format 27, and this version of the exporter reads format 1\. Run the version/);
  });

  test.each([
    ['a part of a line', '5d3f1b2a [260,[["key'],
    ['zeros, as some file systems leave them', '\0'.repeat(5000)],
    ['a line with a wrong sum', '00000000 [7,[["key-3",{"index":"never told"}]]]\n'],
    ['lines that follow a broken one', 'broken\n00000000 [7,[]]\n'],
  ])('drops what a crash left after the last commit, and says how much: %s', async (_what, rest) => {
    const { path, journal, values } = await written();
    await journal.close();
    appendFileSync(path, rest);
    const content = await readJournal(path);
    expect(content?.values).toEqual(values);
    expect(content?.unfinishedBytes).toBe(Buffer.byteLength(rest));
  });

  test('takes a save that was complete but not committed when the crash came', async () => {
    const { path, journal, values } = await written();
    const committed = readFileSync(path).subarray(0, HEAD_BYTES);
    await journal.append(new Map([['key-3', 'after']]));
    await journal.close();
    const bytes = readFileSync(path);
    committed.copy(bytes);
    writeFileSync(path, bytes);
    const content = await readJournal(path);
    expect(content?.values).toEqual(values.set('key-3', 'after'));
    expect(content?.unfinishedBytes).toBe(0);
  });

  test('is not written over when another daemon has put its own there', async () => {
    const { path, journal } = await written();
    const other = await writeJournal(`${path}.other`, new Map([['theirs', 1]]), []);
    renameSync(`${path}.other`, path);
    await expect(journal.append(new Map([['mine', 1]]))).rejects.toThrow('two daemons must not share state.path');
    await expect(writeJournal(path, new Map(), [journal.identity])).rejects.toThrow('two daemons');
    expect((await readJournal(path))?.values).toEqual(new Map([['theirs', 1]]));
    await Promise.all([journal.close(), other.close()]);
  });

  test.each([
    ['the lines', 'write', 0],
    ['the sync of the lines', 'datasync', 0],
    ['the commit', 'write', 1],
    ['the sync of the commit', 'datasync', 1],
  ] as const)('takes back a save that finds no room, and the next one is saved: %s', async (_what, method, calls) => {
    const { path, journal, values } = await written();
    const undo = await failOnce(path, method, calls, 'ENOSPC');
    await expect(journal.append(new Map([['key-3', 'no room']]))).rejects.toThrow('ENOSPC');
    undo();
    expect(journal.isSound).toBe(true);
    expect((await readJournal(path))?.values).toEqual(values);
    expect(journal.bytes).toBe(statSync(path).size);
    await journal.append(new Map([['key-4', 'room']]));
    await journal.close();
    expect((await readJournal(path))?.values).toEqual(values.set('key-4', 'room'));
  });

  test('is not sound any more when something else failed', async () => {
    const { path, journal } = await written();
    const undo = await failOnce(path, 'datasync', 0, 'EIO');
    await expect(journal.append(new Map([['key-3', 1]]))).rejects.toThrow('EIO');
    undo();
    expect(journal.isSound).toBe(false);
    await journal.close();
  });

  test('continues to be compacted after that had failed, and then holds what was saved', async () => {
    const { path, journal, values } = await written();
    for (let call = 0; !journal.isSound || call === 0; call += 3) {
      const undo = await failOnce(path, 'datasync', call, 'EIO');
      await journal.compact().catch((error: unknown) => expect(`${error}`).toContain('EIO'));
      undo();
      expect((await readJournal(path))?.values).toEqual(values);
    }
    await journal.append(new Map([['key-3', 'after']]));
    await journal.close();
    expect((await readJournal(path))?.values).toEqual(values.set('key-3', 'after'));
  });

  test('can be opened to append to it, and shows a second daemon that has done so', async () => {
    const { path, journal, values } = await written();
    appendFileSync(path, 'half of a li');
    const content = await readJournal(path);
    if (content === undefined) throw new Error('there is no journal');
    const other = await openJournal(path, content);
    await other.append(new Map([['theirs', 1]]));
    await expect(journal.append(new Map([['mine', 1]]))).rejects.toThrow('two daemons must not share state.path');
    await expect(openJournal(path, content).then(late => late.append(new Map()))).rejects.toThrow('two daemons');
    await other.append(new Map([['theirs', 2]]));
    expect((await readJournal(path))?.values).toEqual(values.set('theirs', 2));
    await Promise.all([journal.close(), other.close()]);
  });

  test('knows about how large it would be without what is out of date', async () => {
    const { path, journal, values } = await written();
    for (let save = 0; save < 50; save += 1) await journal.append(new Map([['key-3', { save }]]));
    values.set('key-3', { save: 49 });
    const fresh = await writeJournal(`${path}.fresh`, values, []);
    const { neededBytes } = journal;
    expect(Math.abs(neededBytes - fresh.bytes)).toBeLessThan(fresh.bytes / 20);
    expect(journalBytes(values)).toBe(neededBytes);
    await Promise.all([journal.close(), fresh.close()]);
  });

  test('says that it was removed', async () => {
    const { path, journal } = await written();
    rmSync(path);
    await expect(journal.append(new Map([['mine', 1]]))).rejects.toThrow('was removed');
    await journal.close();
  });

  test('is the old one as long as the new one is not complete', async () => {
    const { path, journal, values } = await written();
    await journal.close();
    await expect(writeJournal(path, new Map([['big', 1n]]), [journal.identity])).rejects.toThrow('BigInt');
    expect((await readJournal(path))?.values).toEqual(values);
    expect(() => statSync(`${path}.new`)).toThrow('ENOENT');
    truncateSync(path, 50);
    await expectUntouched(path, /nowhere/);
  });
});
