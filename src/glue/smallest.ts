import type { Glue } from './client.ts';
import { GlueError } from './reason.ts';
import type { Inputs, Operation } from './sdk.ts';

/** A name that hopefully nothing has; should something have it, its answer is as good. */
const NAME = 'aws-glue-exporter-check';

const SMALLEST: { readonly [Name in Operation]: Inputs[Name] } = {
  GetJobs: { MaxResults: 1 },
  ListJobs: { MaxResults: 1 },
  GetJobRuns: { JobName: NAME, MaxResults: 1 },
  GetJobRun: { JobName: NAME, RunId: NAME },
  ListWorkflows: { MaxResults: 1 },
  BatchGetWorkflows: { Names: [NAME], IncludeGraph: false },
  GetWorkflowRuns: { Name: NAME, IncludeGraph: false, MaxResults: 1 },
  GetWorkflowRun: { Name: NAME, RunId: NAME, IncludeGraph: false },
};

/** Whether it is an operation that can be called. */
export const isOperation = (name: string): name is Operation => Object.hasOwn(SMALLEST, name);

/**
 * Calls an operation for the least that it can be asked, to see whether it may be called at all. AWS looks at permissions first, so
 * that nothing found is a good answer. Rejects with a GlueError.
 */
export const callSmallest = async <Name extends Operation>(glue: Glue, operation: Name): Promise<void> => {
  try {
    await glue.call(operation, SMALLEST[operation], () => undefined);
  } catch (error) {
    if (!(error instanceof GlueError && error.reason === 'not_found')) throw error;
  }
};
