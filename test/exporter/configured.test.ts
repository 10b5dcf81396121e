import { expect, test } from 'vitest';
import { isConfigured } from '../../src/exporter/configured.ts';

const home = { accountId: '111122223333', region: 'eu-west-1' };
const both = ['jobs', 'workflows'];

test('an account and region is configured when a target is it', () => {
  expect(isConfigured([{ ...home, collectors: both }], home)).toBe(true);
  expect(isConfigured([{ ...home, region: 'us-east-1', collectors: both }], home)).toBe(false);
  expect(isConfigured([{ ...home, accountId: '444455556666', collectors: both }], home)).toBe(false);
  expect(isConfigured([], home)).toBe(false);
});

test('it may be configured while the account of a target in its region is not known', () => {
  const unknown = { accountId: undefined, region: 'eu-west-1', collectors: ['jobs'] };
  expect(isConfigured([unknown], home)).toBeUndefined();
  expect(isConfigured([unknown, { ...home, collectors: both }], home)).toBe(true);
  expect(isConfigured([{ ...unknown, region: 'us-east-1' }], home)).toBe(false);
  expect(isConfigured([unknown], home, 'jobs')).toBeUndefined();
  expect(isConfigured([unknown], home, 'workflows')).toBe(false);
});

test('a collector is configured when a target that is it has the collector', () => {
  const target = { ...home, collectors: ['jobs'] };
  expect([isConfigured([target], home, 'jobs'), isConfigured([target], home, 'workflows')]).toEqual([true, false]);
});
