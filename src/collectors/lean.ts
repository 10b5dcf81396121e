/**
 * The families of the preset lean: what the alerts and the overview dashboard need, at most 15 series a job. Tests hold it to both.
 */
const LEAN: readonly string[] = [
  'aws_glue_job_info',
  'aws_glue_job_max_concurrent_runs',
  'aws_glue_job_timeout_seconds',
  'aws_glue_job_active_runs',
  'aws_glue_job_active_retries',
  'aws_glue_job_active_dpus',
  'aws_glue_job_oldest_executing_run_start_timestamp_seconds',
  'aws_glue_job_last_completed_run_execution_seconds',
  'aws_glue_job_last_success_timestamp_seconds',
  'aws_glue_job_last_failure_timestamp_seconds',
  'aws_glue_job_dpu_seconds_total',
  'aws_glue_workflow_oldest_active_run_start_timestamp_seconds',
  'aws_glue_workflow_last_completed_run_duration_seconds',
  'aws_glue_workflow_last_success_timestamp_seconds',
  'aws_glue_workflow_last_failure_timestamp_seconds',
];

export const isLean = (family: string): boolean => LEAN.includes(family);
