import type { WireKind } from './kind.ts';

/** The limits are those of the Glue API reference. */
export const workflows: WireKind = {
  name: 'workflows',
  one: 'Workflow',
  operations: [
    { does: 'list entities', name: 'ListWorkflows', answer: 'Workflows', most: 25, shows: 'names' },
    {
      does: 'get entities',
      name: 'BatchGetWorkflows',
      of: 'Names',
      answer: 'Workflows',
      missing: 'MissingWorkflows',
      most: 25,
      newest: { member: 'LastRun' },
    },
    // The API reference promises no order.
    { does: 'list runs', name: 'GetWorkflowRuns', of: 'Name', answer: 'Runs', most: 1000, promisesOrder: false },
    // IncludeGraph makes no difference here: no run has a graph.
    { does: 'get run', name: 'GetWorkflowRun', of: 'Name', id: 'RunId', answer: 'Run' },
  ],
  run: {
    id: 'WorkflowRunId',
    state: 'Status',
    startedOn: 'StartedOn',
    completedOn: 'CompletedOn',
    times: ['StartedOn', 'CompletedOn'],
    // Nothing about this is documented: the API reference only says what Statistics are, not when they are complete.
    late: ['Statistics'],
    endStates: ['COMPLETED', 'STOPPED', 'ERROR'],
  },
  // CreatedOn is in the API reference (Workflow).
  createdOn: ['CreatedOn', 'LastModifiedOn'],
  unknownValues: { Status: 'HIBERNATING' },
  plainDefinition: (name, createdOn) => ({ Name: name, CreatedOn: createdOn, LastModifiedOn: createdOn }),
};
