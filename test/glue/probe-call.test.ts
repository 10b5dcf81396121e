import { expect, test } from 'vitest';
import { collectors } from '../../src/collectors/index.ts';
import { permissionsOf } from '../../src/collectors/permissions.ts';
import { OPERATIONS } from '../../src/glue/operations.ts';
import { probeCall } from '../../src/glue/probe-call.ts';
import { platformWorld } from '../../src/simulator/platform.ts';
import { connect, failureOf, noon, place, simulate } from './connect.ts';

const operations = collectors.flatMap(collector => permissionsOf(collector, true).map(({ operation }) => operation));

const world = platformWorld({ ...place, seed: 1, jobs: 3, workflows: 2, nowSeconds: noon });

test('every operation in the table is called by a collector', () => {
  expect(new Set(operations)).toEqual(new Set(Object.keys(OPERATIONS)));
});

test.each(operations)(
  'the smallest call of %s is answered where it is allowed, and names what is denied',
  async operation => {
    const simulator = await simulate({ worlds: [world] });
    const { glue, seen } = connect(simulator.endpoint);
    await probeCall(glue, operation);
    expect(seen.requested).toEqual([operation]);
    simulator.setFaults([{ kind: 'access_denied', rate: 1, operations: [operation] }]);
    const error = await failureOf(probeCall(glue, operation));
    expect(error).toMatchObject({ operation, reason: 'access_denied' });
    expect(error.message).toContain(`glue:${operation}`);
  },
);
