import type { Config } from '../config/config.ts';
import { createExporter, type Exporter, type ExporterOptions } from '../exporter/exporter.ts';
import type { Log } from '../log.ts';
import { scrapeWhole } from '../metrics/scrapes.ts';
import { showProgress } from './progress.ts';

export interface OnceOptions {
  readonly log: Log;
  /** Writes to a terminal; undefined where there is none. */
  readonly terminal: ((text: string) => void) | undefined;
  readonly print: (text: string | Buffer) => void;
  readonly complain: (text: string) => void;
  /** Sets what to do instead of ending when the process is interrupted. */
  readonly onInterrupt: (listener: () => void) => void;
}

/** Whether a poll reached everything, some collector failed, or a signal ended it. */
export type OnceResult = 'complete' | 'failed' | 'interrupted';

/** Polls everything once and prints the exposition. Rejects as createExporter does. */
export const once = async (
  config: Config,
  exporterOptions: ExporterOptions,
  options: OnceOptions,
): Promise<OnceResult> => {
  // One poll counts nothing, and a daemon that runs has its state to itself.
  const exporter = await createExporter({ ...config, state: { path: undefined } }, exporterOptions);
  return printOnePoll(exporter, options);
};

/** Prints nothing when it is interrupted. */
export const printOnePoll = async (
  exporter: Pick<Exporter, 'pollOnce' | 'status' | 'metrics' | 'stop'>,
  { log, terminal, print, complain, onInterrupt }: OnceOptions,
): Promise<OnceResult> => {
  const done = exporter.pollOnce();
  const hideProgress = showProgress({ status: exporter.status, isDone: () => false, terminal, log });
  let interrupted = false;
  onInterrupt(() => {
    interrupted = true;
    exporter.stop();
  });
  const ok = await done;
  hideProgress();
  if (interrupted) {
    complain('aws-glue-exporter: interrupted; a part of the metrics would look like all of them');
    return 'interrupted';
  }
  for (const bytes of await scrapeWhole(exporter.metrics, { format: 'text', gzip: false })) print(bytes);
  exporter.stop();
  return ok ? 'complete' : 'failed';
};
