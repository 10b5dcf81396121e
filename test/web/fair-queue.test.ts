import { describe, expect, it } from 'vitest';
import { createFairQueue } from '../../src/web/fair-queue.ts';

const start = (limits = { waitingPerClient: 10, waitingInTotal: 100 }) => {
  const runInTurn = createFairQueue(limits);
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  /** A task that ends when the test says so. */
  const ask = (asker: string, name: string) =>
    runInTurn(
      asker,
      () =>
        new Promise<string>(resolve => {
          begun.push(name);
          ends.push(() => resolve(name));
        }),
    );
  const endOne = async (): Promise<void> => {
    ends.shift()?.();
    await new Promise(resolve => setImmediate(resolve));
  };
  return { runInTurn, ask, begun, endOne };
};

describe('turns of a fair queue', () => {
  it('are taken one at a time', async () => {
    const { ask, begun, endOne } = start();
    const results = [ask('a', 'a1'), ask('a', 'a2')];
    expect(begun).toEqual(['a1']);
    await endOne();
    expect(begun).toEqual(['a1', 'a2']);
    await endOne();
    expect(await Promise.all(results)).toEqual(['a1', 'a2']);
  });

  it('go round those who ask, however much one asks for', async () => {
    const { ask, begun, endOne } = start();
    for (const name of ['a1', 'a2', 'a3', 'a4']) ask('a', name);
    for (const name of ['b1', 'b2']) ask('b', name);
    ask('c', 'c1');
    for (let ended = 0; ended < 6; ended += 1) await endOne();
    expect(begun).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4']);
  });

  it('are refused at once when too many wait: of one, and in all', async () => {
    const { ask, begun, endOne } = start({ waitingPerClient: 2, waitingInTotal: 3 });
    // The first one does not wait.
    expect(
      [ask('a', 'a1'), ask('a', 'a2'), ask('a', 'a3'), ask('a', 'a4')].map(result => result === undefined),
    ).toEqual([false, false, false, true]);
    expect([ask('b', 'b1'), ask('c', 'c1')].map(result => result === undefined)).toEqual([false, true]);
    await endOne();
    expect(ask('c', 'c1')).toBeDefined();
    for (let ended = 0; ended < 4; ended += 1) await endOne();
    expect(begun).toEqual(['a1', 'a2', 'b1', 'a3', 'c1']);
  });

  it('go on after a failure', async () => {
    const { runInTurn, ask, begun } = start();
    const failed = runInTurn('a', () => Promise.reject(new Error('no')));
    ask('a', 'a2');
    await expect(failed).rejects.toThrow('no');
    await new Promise(resolve => setImmediate(resolve));
    expect(begun).toEqual(['a2']);
  });
});
