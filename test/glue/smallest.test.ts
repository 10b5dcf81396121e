import { expect, test } from 'vitest';
import { collectors } from '../../src/collectors/index.ts';
import { permissionsOf } from '../../src/collectors/permissions.ts';
import { callSmallest, isOperation } from '../../src/glue/smallest.ts';
import { platformWorld } from '../../src/simulator/platform.ts';
import { connect, failureOf, noon, place, simulate } from './connect.ts';

const operations = collectors
  .flatMap(collector => permissionsOf(collector, true))
  .map(({ operation }) => operation)
  .filter(isOperation);

const world = platformWorld({ ...place, seed: 1, jobs: 3, workflows: 2, nowSeconds: noon });

test('every operation that a collector needs has a smallest call', () => {
  const needed = collectors.flatMap(collector => permissionsOf(collector, true).map(({ operation }) => operation));
  expect(operations).toEqual(needed);
  expect(isOperation('toString')).toBe(false);
});

test.each(operations)(
  'the smallest call of %s is answered where it is allowed, and names what is denied',
  async operation => {
    const simulator = await simulate({ worlds: [world] });
    const { glue, seen } = connect(simulator.endpoint);
    await callSmallest(glue, operation);
    expect(seen.requested).toEqual([operation]);
    simulator.setFaults([{ kind: 'access_denied', rate: 1, operations: [operation] }]);
    const error = await failureOf(callSmallest(glue, operation));
    expect(error).toMatchObject({ operation, reason: 'access_denied' });
    expect(error.message).toContain(`glue:${operation}`);
  },
);
