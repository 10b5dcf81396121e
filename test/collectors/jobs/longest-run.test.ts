import { expect, test } from 'vitest';
import type { JobDefinition } from '../../../src/collectors/jobs/definitions.ts';
import { jobHistories } from '../../../src/collectors/jobs/jobs.ts';

const DAY = 86_400;
const definition: JobDefinition = {
  name: 'etl',
  jobType: 'glueetl',
  glueVersion: '5.1',
  workerType: 'G.1X',
  executionClass: 'STANDARD',
  maxConcurrentRuns: 1,
  timeoutSeconds: 3_600,
  maxRetries: 0,
  createdAt: undefined,
  reportsDpuSeconds: false,
};

test.each<[string, Partial<JobDefinition>, number]>([
  ['two days, as a run can be started with another timeout', {}, 2],
  ['its timeout', { timeoutSeconds: 5 * DAY }, 5],
  ['a week without a timeout, or with 0', { timeoutSeconds: undefined }, 7],
  ['a week and its maintenance window for a streaming job', { jobType: 'gluestreaming', timeoutSeconds: 3_600 }, 15],
])(
  'a run that was active when counting began is looked for as far back as it can have started: %s',
  (_what, more, days) => {
    expect(jobHistories.longestRunSeconds({ ...definition, ...more })).toBe(days * DAY);
  },
);
