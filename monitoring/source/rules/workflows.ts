import type { Site } from '../site.ts';
import { isSlow, lastEnds, noSuccess, past, runFailed, runSlow, WORKFLOW } from './entities.ts';
import type { RuleFile } from './rule.ts';

/** The rules about workflows. */
export const workflowRules = (site: Site): RuleFile => ({
  name: 'workflows',
  groups: [
    {
      name: 'aws-glue-workflows',
      rules: [
        ...lastEnds(site, WORKFLOW),
        runFailed(
          site,
          WORKFLOW,
          'ended with actions that failed, errored or timed out, whatever status AWS gave it (most of these are COMPLETED),',
        ),
        noSuccess(site, WORKFLOW),
        runSlow(WORKFLOW, isSlow(site, WORKFLOW), 'more than runs of the last 7 days'),
      ],
    },
    {
      name: 'aws-glue-workflows-past',
      interval: '15m',
      rules: past(
        site,
        WORKFLOW,
        site.select('aws_glue_workflow_last_completed_run_duration_seconds'),
        site.select('aws_glue_workflow_last_completed_run_completion_timestamp_seconds'),
      ),
    },
  ],
});
