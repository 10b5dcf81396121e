import { expect, test } from 'vitest';
import { createChunk } from '../../src/metrics/chunk.ts';
import { pieceOf } from '../../src/metrics/piece.ts';
import { takeSnapshot } from '../../src/metrics/snapshot.ts';
import { atOnce } from '../../src/metrics/steps.ts';

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
  const steps = takeSnapshot([column(2)], 10);
  for (let pause = 0; pause < 2 * FAMILIES; pause += 1) expect(steps.next().done, `${pause}`).toBe(false);
  const { value: snapshot, done } = steps.next();
  if (!done) throw new Error('it is not done');
  const expected = Array.from({ length: FAMILIES }, (_, family) => `# ${family}\n${family} 0\n${family} 1\n`).join('');
  expect(Buffer.concat(snapshot.plain('text')).toString()).toBe(expected);
  expect(Buffer.concat(snapshot.plain('openmetrics')).toString()).toBe(expected);
  expect(snapshot.series).toBe(10);
});

test('a snapshot joins what is compressed once, in steps or when it is asked for', () => {
  const snapshot = atOnce(takeSnapshot([column(40)], 200));
  const steps = snapshot.prepareGzip('text');
  expect(steps.next().done).toBe(false);
  const member = atOnce(steps);
  expect(snapshot.gzip('text')).toBe(member);
  expect(snapshot.gzip('openmetrics')).toBe(snapshot.gzip('openmetrics'));
  expect(snapshot.gzip('openmetrics').plainBytes).toBe(member.plainBytes);
});
