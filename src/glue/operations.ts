import {
  BatchGetWorkflowsCommand,
  type BatchGetWorkflowsCommandInput,
  GetJobRunCommand,
  type GetJobRunCommandInput,
  GetJobRunsCommand,
  type GetJobRunsCommandInput,
  GetJobsCommand,
  type GetJobsCommandInput,
  GetWorkflowRunCommand,
  type GetWorkflowRunCommandInput,
  GetWorkflowRunsCommand,
  type GetWorkflowRunsCommandInput,
  type GlueClient,
  ListJobsCommand,
  type ListJobsCommandInput,
  ListWorkflowsCommand,
  type ListWorkflowsCommandInput,
} from './aws.ts';

/** How an operation is sent, and the least that it can be asked. */
interface OperationEntry<Input> {
  readonly send: (client: GlueClient, input: Input) => Promise<unknown>;
  readonly smallest: Input;
}

const operation = <Input>(send: OperationEntry<Input>['send'], smallest: NoInfer<Input>): OperationEntry<Input> => ({
  send,
  smallest,
});

/** A name that hopefully nothing has; should something have it, its answer is as good. */
const NAME = 'aws-glue-exporter-check';

const TABLE = {
  GetJobs: operation((client, input: GetJobsCommandInput) => client.send(new GetJobsCommand(input)), { MaxResults: 1 }),
  ListJobs: operation((client, input: ListJobsCommandInput) => client.send(new ListJobsCommand(input)), {
    MaxResults: 1,
  }),
  GetJobRuns: operation((client, input: GetJobRunsCommandInput) => client.send(new GetJobRunsCommand(input)), {
    JobName: NAME,
    MaxResults: 1,
  }),
  GetJobRun: operation((client, input: GetJobRunCommandInput) => client.send(new GetJobRunCommand(input)), {
    JobName: NAME,
    RunId: NAME,
  }),
  ListWorkflows: operation((client, input: ListWorkflowsCommandInput) => client.send(new ListWorkflowsCommand(input)), {
    MaxResults: 1,
  }),
  BatchGetWorkflows: operation(
    (client, input: BatchGetWorkflowsCommandInput) => client.send(new BatchGetWorkflowsCommand(input)),
    { Names: [NAME], IncludeGraph: false },
  ),
  GetWorkflowRuns: operation(
    (client, input: GetWorkflowRunsCommandInput) => client.send(new GetWorkflowRunsCommand(input)),
    { Name: NAME, IncludeGraph: false, MaxResults: 1 },
  ),
  GetWorkflowRun: operation(
    (client, input: GetWorkflowRunCommandInput) => client.send(new GetWorkflowRunCommand(input)),
    { Name: NAME, RunId: NAME, IncludeGraph: false },
  ),
};

/** An operation of Glue that collectors call. */
export type Operation = keyof typeof TABLE;

/** What each operation takes. */
export type Inputs = { readonly [Name in Operation]: (typeof TABLE)[Name]['smallest'] };

/** Every operation, once. Its permission is `glue:` and its name. */
export const OPERATIONS: { readonly [Name in Operation]: OperationEntry<Inputs[Name]> } = TABLE;

/** The permission for an operation, as a policy names it. */
export const actionOf = (name: Operation): string => `glue:${name}`;
