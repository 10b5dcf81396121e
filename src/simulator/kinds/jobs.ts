import type { WireKind } from './kind.ts';

/** The limits are those of the Glue API reference. */
export const jobs: WireKind = {
  name: 'jobs',
  one: 'Job',
  operations: [
    { does: 'list entities', name: 'GetJobs', answer: 'Jobs', most: 1000, shows: 'definitions' },
    { does: 'list entities', name: 'ListJobs', answer: 'JobNames', most: 1000, shows: 'names', tags: 'Tags' },
    // "GetJobRuns returns the job runs in chronological order, with the newest jobs returned first" (API reference).
    { does: 'list runs', name: 'GetJobRuns', of: 'JobName', answer: 'JobRuns', most: 200, promisesOrder: true },
    // PredecessorsIncluded makes no difference here: PredecessorRuns are part of every run.
    { does: 'get run', name: 'GetJobRun', of: 'JobName', id: 'RunId', answer: 'JobRun' },
  ],
  run: {
    id: 'Id',
    state: 'JobRunState',
    startedOn: 'StartedOn',
    completedOn: 'CompletedOn',
    times: ['StartedOn', 'LastModifiedOn', 'CompletedOn'],
    // Nothing about this is documented: the API reference only says what DPUSeconds is, not when it is complete.
    late: ['DPUSeconds'],
    endStates: ['STOPPED', 'SUCCEEDED', 'FAILED', 'TIMEOUT', 'ERROR', 'EXPIRED'],
  },
  // CreatedOn is in the API reference (Job).
  createdOn: ['CreatedOn', 'LastModifiedOn'],
  unknownValues: { JobRunState: 'HIBERNATING', WorkerType: 'G.99X', ExecutionClass: 'SPOT' },
  plainDefinition: (name, createdOn) => ({
    Name: name,
    CreatedOn: createdOn,
    LastModifiedOn: createdOn,
    Command: { Name: 'glueetl', ScriptLocation: `s3://scripts/${name}.py`, PythonVersion: '3' },
    ExecutionProperty: { MaxConcurrentRuns: 1 },
    MaxRetries: 0,
    Timeout: 2880,
    GlueVersion: '5.1',
    WorkerType: 'G.1X',
    NumberOfWorkers: 2,
    MaxCapacity: 2,
  }),
};
