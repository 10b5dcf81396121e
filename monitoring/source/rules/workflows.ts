import type { Site } from '../site.ts';
import { WORKFLOW } from './entities.ts';
import { lastFailureUnrecovered, workflowFailing } from './failing.ts';
import { type Durations, isSlow, LATE_INTERVAL, noSuccess, pastGroups, runSlow } from './past.ts';
import type { RuleFile } from './rule.ts';

const DURATIONS: Durations = {
  last: 'aws_glue_workflow_last_completed_run_duration_seconds',
  activeStart: 'aws_glue_workflow_oldest_active_run_start_timestamp_seconds',
};

/** The rules about workflows. */
export const workflowRules = (site: Site): RuleFile => ({
  name: 'workflows',
  groups: [
    {
      name: 'aws-glue-workflows',
      rules: [lastFailureUnrecovered(site, WORKFLOW), workflowFailing(site, WORKFLOW)],
    },
    {
      name: 'aws-glue-workflows-late',
      interval: LATE_INTERVAL,
      rules: [
        noSuccess(site, WORKFLOW),
        runSlow(
          WORKFLOW,
          isSlow(site, WORKFLOW, DURATIONS),
          'active for {{ $value | humanizeDuration }}, much longer than runs of the last 7 days',
        ),
      ],
    },
    ...pastGroups(site, WORKFLOW, DURATIONS),
  ],
});
