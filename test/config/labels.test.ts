import { describe, expect, test } from 'vitest';
import { targetLabels } from '../../src/config/labels.ts';

const place = { accountId: '111122223333', region: 'eu-west-1' };

describe('the labels of a target', () => {
  test('have their placeholders filled in, each time they stand in a value', () => {
    const labels = { a: '{account_id}', b: '{region}-{account_id}-{region}', c: '{} {1,2} $HOME' };
    expect(targetLabels({ labels, accountNames: undefined }, place)).toEqual({
      a: '111122223333',
      b: 'eu-west-1-111122223333-eu-west-1',
      c: '{} {1,2} $HOME',
    });
  });

  test('have the name of the account, or its id where it has none', () => {
    const accountNames = { '111122223333': 'prod' };
    expect(targetLabels({ labels: {}, accountNames }, place)).toEqual({ account_name: 'prod' });
    expect(targetLabels({ labels: {}, accountNames: {} }, place)).toEqual({ account_name: '111122223333' });
  });

  test('are without those that depend on the account until it is known', () => {
    const labels = { a: '{account_id}', b: '{region}', c: 'data' };
    const known = targetLabels({ labels, accountNames: {} }, { accountId: undefined, region: 'eu-west-1' });
    expect(known).toEqual({ b: 'eu-west-1', c: 'data' });
  });
});
