import { describe, expect, test } from 'vitest';
import { formatShard, jumpHash, takes, WHOLE } from '../src/shard.ts';

const place = { accountId: '111122223333', region: 'eu-west-1' };
const names = Array.from({ length: 4_000 }, (_, index) => `etl-job-${index}`);

const ownerOf = (name: string, shards: number, collector = 'jobs', where = place): number => {
  const owners = Array.from({ length: shards }, (_, ordinal) => ordinal).filter(ordinal =>
    takes({ ordinal, shards }, where, collector, name),
  );
  expect(owners).toHaveLength(1);
  return owners[0] ?? Number.NaN;
};

test('the jump consistent hash is that of its other implementations', () => {
  // https://github.com/lithammer/go-jump-consistent-hash
  expect(
    [
      [1n, 1],
      [42n, 57],
      [0xdead10ccn, 1],
      [0xdead10ccn, 666],
      [256n, 1024],
    ].map(([key, buckets]) => jumpHash(BigInt(key ?? 0), Number(buckets))),
  ).toEqual([0, 43, 0, 361, 520]);
});

describe('a shard', () => {
  test('takes the same for ever: what is saved and what other versions count depends on it', () => {
    expect(names.slice(0, 12).map(name => ownerOf(name, 4))).toEqual([1, 1, 1, 2, 1, 3, 0, 0, 3, 1, 3, 2]);
    expect(names.slice(0, 6).map(name => ownerOf(name, 4, 'workflows'))).toEqual([2, 0, 0, 1, 2, 0]);
    expect(['ünïcode', 'with/slash', ''].map(name => ownerOf(name, 4))).toEqual([1, 2, 3]);
  });

  test('takes everything when there is no other', () => {
    expect(formatShard(WHOLE)).toBe('0/1');
    expect(names.every(name => takes(WHOLE, place, 'jobs', name))).toBe(true);
  });

  test.each([2, 3, 4, 7, 16])('takes its part, one of %i', shards => {
    const counts = new Map<number, number>();
    for (const name of names) {
      const owner = ownerOf(name, shards);
      counts.set(owner, (counts.get(owner) ?? 0) + 1);
    }
    const fair = names.length / shards;
    // Five standard deviations.
    const tolerance = 5 * Math.sqrt(fair * (1 - 1 / shards));
    expect(counts.size).toBe(shards);
    for (const count of counts.values()) expect(Math.abs(count - fair)).toBeLessThan(tolerance);
  });

  test.each([1, 2, 4, 9])('of %i gives up what one more shard takes, and nothing else', shards => {
    const moved = names.filter(name => ownerOf(name, shards) !== ownerOf(name, shards + 1));
    expect(moved.every(name => ownerOf(name, shards + 1) === shards)).toBe(true);
    const fair = names.length / (shards + 1);
    expect(Math.abs(moved.length - fair)).toBeLessThan(5 * Math.sqrt(fair));
  });

  test('goes by account, region and kind as well, so that accounts with the same few jobs are shared', () => {
    const accounts = Array.from({ length: 100 }, (_, index) => `${100_000_000_000 + index}`);
    const owners = new Set(accounts.map(accountId => ownerOf('nightly', 4, 'jobs', { ...place, accountId })));
    expect(owners.size).toBe(4);
    const regions = ['eu-west-1', 'us-east-1', 'eu-central-1', 'ap-south-1', 'sa-east-1', 'af-south-1'];
    expect(new Set(regions.map(region => ownerOf('nightly', 4, 'jobs', { ...place, region }))).size).toBeGreaterThan(1);
    const kinds = names.filter(name => ownerOf(name, 2) !== ownerOf(name, 2, 'workflows'));
    expect(kinds.length).toBeGreaterThan(names.length / 3);
  });
});
