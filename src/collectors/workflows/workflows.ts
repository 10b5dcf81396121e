import { consoleUrl, encoded } from '../../glue/console.ts';
import { type Histories, histories } from '../collector.ts';
import { readWorkflows, WORKFLOWS_PER_CALL, type WorkflowDefinition } from './definitions.ts';
import { describeRun } from './describe.ts';
import { workflowFamilies } from './families.ts';
import {
  isWorkflowRunFacts,
  MAX_WORKFLOW_RUNS_PER_PAGE,
  readLatestWorkflowRuns,
  readWorkflowRun,
  readWorkflowRuns,
  settledWorkflowRun,
  type WorkflowRunFacts,
} from './runs.ts';
import { resultOf, results, tally } from './totals.ts';

/** Workflows have no timeout of their own; this is Glue's default for the jobs in them. */
const LONGEST_RUN_SECONDS = 2 * 86_400;

/** Workflows and their runs. */
export const workflowHistories: Histories<WorkflowDefinition, WorkflowRunFacts> = {
  name: 'workflows',
  words: { one: 'workflow', many: 'workflows' },
  isDefault: true,
  labelNames: ['workflow_name'],
  operations: ['ListWorkflows', 'BatchGetWorkflows', 'GetWorkflowRuns'],
  optionalOperations: ['GetWorkflowRun'],
  maxPageSize: MAX_WORKFLOW_RUNS_PER_PAGE,
  families: workflowFamilies,

  list: readWorkflows,
  readRuns: readWorkflowRuns,
  readRun: readWorkflowRun,
  glance: { most: WORKFLOWS_PER_CALL, read: readLatestWorkflowRuns },
  longestRunSeconds: () => LONGEST_RUN_SECONDS,

  isFacts: isWorkflowRunFacts,
  tally,
  results,
  resultOf,
  settle: settledWorkflowRun,
  describe: describeRun,

  /** The workflow. Its runs are a tab of that page and have none of their own. */
  consoleLink: (region, name) => consoleUrl(region, 'glue', `/v2/etl-configuration/workflows/view/${encoded(name)}`),
};

export const workflows = histories(workflowHistories);
