import { fieldsOf, requiredNames, requiredObjects, type WireObject } from '../../glue/fields.ts';
import type { Glue } from '../../glue/glue.ts';
import { allPages, type Listing, readListPage } from '../../glue/pages.ts';

/** What is kept of a workflow's definition. Run properties can contain secrets and are dropped here. */
export interface WorkflowDefinition {
  readonly name: string;
  readonly maxConcurrentRuns: number | undefined;
  /** Epoch seconds. */
  readonly createdAt: number | undefined;
}

/** The limit of ListWorkflows and of BatchGetWorkflows: https://docs.aws.amazon.com/glue/latest/webapi/API_ListWorkflows.html */
export const WORKFLOWS_PER_CALL = 25;

const WORKFLOW_NAMES: Listing<'ListWorkflows', string> = {
  operation: 'ListWorkflows',
  maxResults: WORKFLOWS_PER_CALL,
  input: page => page,
  items: answer => requiredNames('ListWorkflows', 'Workflows', answer.Workflows),
};

/** All workflows of the account and region. */
export const readWorkflows = (glue: Glue): Promise<readonly WorkflowDefinition[]> =>
  allPages(glue, 'ListWorkflows', async token => {
    const { items, nextToken } = await readListPage(glue, WORKFLOW_NAMES, token);
    return { items: await readDefinitions(glue, items), nextToken };
  });

/** Reads BatchGetWorkflows for at most WORKFLOWS_PER_CALL names. */
export const batchGetWorkflows = <Output>(
  glue: Glue,
  names: readonly string[],
  read: (workflows: readonly WireObject[], answer: WireObject) => Output,
): Promise<Output> =>
  glue.call('BatchGetWorkflows', { Names: [...names], IncludeGraph: false }, answer =>
    read(requiredObjects('BatchGetWorkflows', 'Workflows', answer.Workflows), answer),
  );

const readDefinitions = async (glue: Glue, names: readonly string[]): Promise<readonly WorkflowDefinition[]> => {
  if (names.length === 0) return [];
  return batchGetWorkflows(glue, names, (wires, answer) => {
    const workflows = wires.map(workflow => workflowDefinition(glue, workflow));
    const found = new Set(workflows.map(workflow => workflow.name));
    const deleted = new Set(requiredNames('BatchGetWorkflows', 'MissingWorkflows', answer.MissingWorkflows ?? []));
    // A workflow that the answer omits without calling it missing still exists; only its definition is unknown.
    const others = names.filter(name => !found.has(name) && !deleted.has(name));
    return [...workflows, ...others.map(name => ({ name, maxConcurrentRuns: undefined, createdAt: undefined }))];
  });
};

const workflowDefinition = (glue: Glue, workflow: WireObject): WorkflowDefinition => {
  // One malformed field must not hide the workflow, or even all workflows.
  const read = fieldsOf('BatchGetWorkflows', () => glue.observer.failed('BatchGetWorkflows', 'bad_response'));
  return {
    name: read.requiredText('Name', workflow.Name),
    maxConcurrentRuns: read.number('MaxConcurrentRuns', workflow.MaxConcurrentRuns),
    createdAt: read.time('CreatedOn', workflow.CreatedOn),
  };
};
