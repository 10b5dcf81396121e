import { expect, test } from 'vitest';
import { namesOf } from '../../src/exporter/known-names.ts';
import { fakeFeed, fakeInventory } from '../poll/fake-collectors.ts';

test('what is known of a collector are its labels, its metrics, and whether it can be filtered', () => {
  expect(namesOf({ ...fakeInventory({ items: [] }), tagOperation: 'ListJobs' })).toEqual({
    name: 'trigger',
    isDefault: false,
    hasFilter: true,
    tagFilter: true,
    families: ['trigger_size'],
    lean: [],
    labels: ['trigger_name'],
  });
  const ofAccount = namesOf({ ...fakeFeed({ runs: () => [] }), labelNames: [] });
  expect(ofAccount).toMatchObject({ name: 'check', hasFilter: false, tagFilter: false });
});
