import { type ExposedFamily, samplesOf } from '../exposition-parser.ts';
import { entityOf, truths } from '../truth/index.ts';
import type { SavedLedger } from './saved-state.ts';

/** What a scrape tells of runs, by the names that it is saved under. */
const toldBy = (families: readonly ExposedFamily[]) =>
  truths.flatMap(({ name, runs }) =>
    runs === undefined
      ? []
      : samplesOf(families, runs.family).map(({ labels, value }) => ({
          path: `${name}/${entityOf(labels)}`,
          total: runs.savedAs(labels),
          value,
        })),
  );

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
    return known >= value ? [] : [`${path} ${total}: ${value} is exposed, ${known} is saved`];
  });
