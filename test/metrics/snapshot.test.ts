import { expect, test } from 'vitest';
import { createChunk } from '../../src/metrics/chunk.ts';
import { pieceOf } from '../../src/metrics/piece.ts';
import { takeSnapshot } from '../../src/metrics/snapshot.ts';
import { runAtOnce } from '../../src/yield.ts';

const FAMILIES = 5;

/** Chunks of which each has a piece in each family. */
const column = (chunks: number) => ({
  headers: Array.from({ length: FAMILIES }, (_, family) => {
    const header = pieceOf(`# ${family}\n`);
    return { text: header, openmetrics: header };
  }),
  chunks: Array.from({ length: chunks }, (_, chunk) => {
    const rows = Array.from({ length: FAMILIES }, (__, family) => {
      const piece = pieceOf(`${family} ${chunk}\n`);
      return { text: piece, openmetrics: piece };
    });
    return { ...createChunk(FAMILIES), rows };
  }),
});

test('a snapshot has all samples of a family together, and is taken a family at a time', () => {
  const work = takeSnapshot([column(2)], 10);
  for (let step = 0; step < 2 * FAMILIES; step += 1) expect(work.next().done, `${step}`).toBe(false);
  const { value: snapshot, done } = work.next();
  if (!done) throw new Error('it is not done');
  const expected = Array.from({ length: FAMILIES }, (_, family) => `# ${family}\n${family} 0\n${family} 1\n`).join('');
  expect(Buffer.concat(snapshot.plain('text')).toString()).toBe(expected);
  expect(Buffer.concat(snapshot.plain('openmetrics')).toString()).toBe(expected);
  expect(snapshot.series).toBe(10);
});

test('a snapshot joins what is compressed once, in steps or when it is asked for', () => {
  const snapshot = runAtOnce(takeSnapshot([column(40)], 200));
  const work = snapshot.prepareGzip('text');
  expect(work.next().done).toBe(false);
  const member = runAtOnce(work);
  expect(snapshot.gzip('text')).toBe(member);
  expect(snapshot.gzip('openmetrics')).toBe(snapshot.gzip('openmetrics'));
  expect(snapshot.gzip('openmetrics').plainBytes).toBe(member.plainBytes);
});
