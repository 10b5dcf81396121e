import { UNKNOWN } from '../../glue/fields.ts';

/** Statuses of a workflow run: https://docs.aws.amazon.com/glue/latest/webapi/API_WorkflowRun.html */
export const ENDED_WORKFLOW_STATUSES = ['COMPLETED', 'STOPPED', 'ERROR'] as const;
export const ACTIVE_WORKFLOW_STATUSES = ['RUNNING', 'STOPPING'] as const;
export const WORKFLOW_STATUSES = [...ACTIVE_WORKFLOW_STATUSES, ...ENDED_WORKFLOW_STATUSES, UNKNOWN] as const;
