import { describe, expect, test } from 'vitest';
import { matchesOf } from '../../../src/web/status/matches.ts';
import { EVERYTHING, type StatusQuery } from '../../../src/web/status/query.ts';
import { createYield } from '../../../src/yield.ts';
import { failure, job, recentOf, target } from './fixtures.ts';

const there = { accountId: '444455556666', region: 'us-east-1' };
const everything = {
  entities: [
    job('orders', { recent: recentOf('SF') }),
    job('orders', { recent: recentOf('FS'), ...there }),
    job('daily', { recent: recentOf('S'), collector: 'workflows' }),
  ],
  failures: [failure('orders'), failure('orders', there)],
  targets: [target, { ...target, ...there, up: false }, { ...target, accountId: undefined, up: undefined }],
};

const found = async (change: Partial<StatusQuery>) => {
  const { entities, failing, failures, targets } = await matchesOf(
    everything,
    { ...EVERYTHING, ...change },
    createYield(),
  );
  return [entities.length, failing, failures.length, targets.length];
};

describe('a filter of the status page', () => {
  test.each<[Partial<StatusQuery>, readonly number[]]>([
    [{}, [3, 1, 2, 3]],
    [{ region: 'us-east-1' }, [1, 0, 1, 1]],
    [{ account: '111122223333' }, [2, 1, 1, 1]],
    [{ search: 'ORDER' }, [2, 1, 2, 2]],
    [{ type: 'workflows' }, [1, 0, 0, 1]],
    // The other job of that name works again.
    [{ failing: true }, [1, 1, 1, 1]],
    [{ search: 'none' }, [0, 0, 0, 0]],
  ])('%o leaves jobs and workflows, those that fail, failed runs and targets: %j', async (change, counts) => {
    expect(await found(change)).toEqual(counts);
  });
});
