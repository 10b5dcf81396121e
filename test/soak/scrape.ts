import { setTimeout as pause } from 'node:timers/promises';
import { type ExposedFamily, parseExposition } from '../exposition-parser.ts';
import type { ExporterProcess } from './exporter-process.ts';

const PATIENCE_MS = 5_000;
const STEP_MS = 20;

/** What an exporter exposes; undefined when it does not answer, as one that is being killed. */
export const scrape = async (exporter: ExporterProcess): Promise<readonly ExposedFamily[] | undefined> => {
  const url = exporter.url();
  if (url === undefined || exporter.hasEnded()) return undefined;
  let text: string;
  try {
    const answer = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(PATIENCE_MS) });
    text = await answer.text();
    if (answer.status !== 200) throw new Error(`/metrics answered ${answer.status}: ${text}`);
  } catch (error) {
    if (error instanceof TypeError || (error instanceof Error && error.name === 'TimeoutError')) return undefined;
    throw error;
  }
  return parseExposition(text);
};

/** Waits for something that is looked for in small steps; rejects when it does not come. */
export const eventually = async <Result>(
  what: string,
  patienceMs: number,
  look: () => Promise<Result | undefined>,
): Promise<Result> => {
  const until = performance.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > until) throw new Error(`${what}: not within ${patienceMs / 1000}s`);
    await pause(STEP_MS);
  }
};
