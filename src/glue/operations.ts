/*
 * The table of operations. Everything else that needs to know of one derives from here: requests, check, iam-policy, docs. A collector
 * names the operations that it calls. At run time import OPERATIONS from aws.ts, because the build bundles this file there.
 */
import * as sdk from '@aws-sdk/client-glue';

/** What people and policies need to know of an operation. */
export interface OperationFacts {
  /** What it is called for: "more requests for older runs", "the list of jobs". */
  readonly purpose: string;
  /**
   * The type of resource that a policy can narrow it to, `job` for job/NAME; undefined where only `*` is possible. Source:
   * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsglue.html
   */
  readonly resource?: string;
}

/** One operation of Glue. */
export interface OperationEntry<Input> extends OperationFacts {
  readonly send: (client: sdk.GlueClient, input: Input) => Promise<unknown>;
  /** The smallest request, which shows whether the operation is permitted. */
  readonly smallest: Input;
}

/** Input is inferred from the command, so that the table names each operation once. */
const operation = <Input extends sdk.ServiceInputTypes, Output extends sdk.ServiceOutputTypes>(
  Command: new (
    input: Input,
  ) => sdk.$Command<Input, Output, sdk.GlueClientResolvedConfig, sdk.ServiceInputTypes, sdk.ServiceOutputTypes>,
  smallest: NoInfer<Input>,
  facts: OperationFacts,
): OperationEntry<Input> => ({ ...facts, smallest, send: (client, input) => client.send(new Command(input)) });

/** Hopefully nothing has this name. An entity that does is as good: its answer shows the permission, too. */
const NAME = 'aws-glue-exporter-check';

const TABLE = {
  GetJobs: operation(sdk.GetJobsCommand, { MaxResults: 1 }, { purpose: 'the list of jobs with their definitions' }),
  GetJobRuns: operation(
    sdk.GetJobRunsCommand,
    { JobName: NAME, MaxResults: 1 },
    { purpose: 'the runs of each job', resource: 'job' },
  ),
  GetJobRun: operation(
    sdk.GetJobRunCommand,
    { JobName: NAME, RunId: NAME },
    { purpose: 'long runs that are hidden behind newer ones', resource: 'job' },
  ),
  ListJobs: operation(sdk.ListJobsCommand, { MaxResults: 1 }, { purpose: 'which jobs carry the tags of a filter' }),
  ListWorkflows: operation(sdk.ListWorkflowsCommand, { MaxResults: 1 }, { purpose: 'the list of workflows' }),
  BatchGetWorkflows: operation(
    sdk.BatchGetWorkflowsCommand,
    { Names: [NAME], IncludeGraph: false },
    { purpose: 'the definitions of workflows, and their newest runs', resource: 'workflow' },
  ),
  GetWorkflowRuns: operation(
    sdk.GetWorkflowRunsCommand,
    { Name: NAME, IncludeGraph: false, MaxResults: 1 },
    { purpose: 'the runs of each workflow', resource: 'workflow' },
  ),
  GetWorkflowRun: operation(
    sdk.GetWorkflowRunCommand,
    { Name: NAME, RunId: NAME, IncludeGraph: false },
    { purpose: 'long runs that are hidden behind newer ones', resource: 'workflow' },
  ),
};

/** An operation of Glue that collectors call. */
export type Operation = keyof typeof TABLE;

/** What each operation takes. */
export type Inputs = { readonly [Name in Operation]: (typeof TABLE)[Name]['smallest'] };

/** Every operation, once. */
export const OPERATIONS: { readonly [Name in Operation]: OperationEntry<Inputs[Name]> } = TABLE;
