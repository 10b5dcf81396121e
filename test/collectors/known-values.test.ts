import { JobRunState, WorkerType, WorkflowRunStatus } from '@aws-sdk/client-glue';
import { expect, test } from 'vitest';
import { isUnknownWorkerType } from '../../src/collectors/jobs/dpu.ts';
import { ACTIVE_JOB_STATES, ENDED_JOB_STATES } from '../../src/collectors/jobs/states.ts';
import { ACTIVE_WORKFLOW_STATUSES, ENDED_WORKFLOW_STATUSES } from '../../src/collectors/workflows/states.ts';

const sorted = (values: readonly string[]): readonly string[] => [...values].sort();

test('the known states are those of the AWS SDK, so that an upgrade shows new ones', () => {
  expect(sorted([...ACTIVE_JOB_STATES, ...ENDED_JOB_STATES])).toEqual(sorted(Object.values(JobRunState)));
  expect(sorted([...ACTIVE_WORKFLOW_STATUSES, ...ENDED_WORKFLOW_STATUSES])).toEqual(
    sorted(Object.values(WorkflowRunStatus)),
  );
});

test('the DPUs of all worker types of the AWS SDK are known', () => {
  expect(Object.values(WorkerType).filter(isUnknownWorkerType)).toEqual([]);
  expect([isUnknownWorkerType('X.1X'), isUnknownWorkerType(undefined)]).toEqual([true, false]);
});
