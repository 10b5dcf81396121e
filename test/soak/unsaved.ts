import { type ExposedFamily, samplesOf } from '../exposition-parser.ts';
import type { SavedLedger } from './saved-state.ts';

/** What a scrape tells of runs, by the names that it is saved under. */
const toldBy = (families: readonly ExposedFamily[]) => [
  ...samplesOf(families, 'aws_glue_job_runs_total').map(({ labels, value }) => ({
    path: `jobs/${labels.job_name}`,
    total: `runs/${labels.state}`,
    value,
  })),
  ...samplesOf(families, 'aws_glue_workflow_runs_total').map(({ labels, value }) => ({
    path: `workflows/${labels.workflow_name}`,
    total: `runs/${labels.status}/${labels.outcome}`,
    value,
  })),
];

/**
 * What a scrape tells although it had not been saved a little later: it would be lost if the process died now. Nobody would
 * see that from outside as long as Glue remembers the runs.
 */
export const unsaved = (
  families: readonly ExposedFamily[],
  saved: ReadonlyMap<string, SavedLedger>,
): readonly string[] =>
  toldBy(families).flatMap(({ path, total, value }) => {
    const known = saved.get(path)?.totals.get(total) ?? 0;
    return known >= value ? [] : [`${path} ${total}: ${value} is told, ${known} is saved`];
  });
