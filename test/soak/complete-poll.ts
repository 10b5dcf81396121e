import { type ExposedFamily, samplesOf } from '../exposition-parser.ts';
import { collectorsInUse } from '../truth/index.ts';
import type { ExporterProcess } from './exporter-process.ts';
import { eventually, scrape } from './scrape.ts';

const PATIENCE_MS = 60_000;

/** When all collectors were last polled completely; undefined while one of them fails. */
const lastCompletePoll = (families: readonly ExposedFamily[]): number | undefined => {
  if (samplesOf(families, 'aws_glue_exporter_collector_up').some(({ value }) => value !== 1)) return undefined;
  const times = samplesOf(families, 'aws_glue_exporter_last_successful_poll_timestamp_seconds');
  return times.length < collectorsInUse.length ? undefined : Math.min(...times.map(({ value }) => value));
};

/** What is told after a poll that began after this was asked, and was complete. Rejects when there is none for long. */
export const afterCompletePoll = async (
  current: () => ExporterProcess | undefined,
): Promise<readonly ExposedFamily[]> => {
  const ends = new Set<number>();
  return eventually('two complete polls', PATIENCE_MS, async () => {
    const exporter = current();
    const families = exporter && (await scrape(exporter));
    const end = families && lastCompletePoll(families);
    if (end !== undefined) ends.add(end);
    // The first one may be over already, and the second one have begun.
    return ends.size > 2 ? families : undefined;
  });
};
