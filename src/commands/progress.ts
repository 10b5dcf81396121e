import type { Log } from '../log.ts';
import type { TargetStatus } from '../status.ts';

export interface ProgressOptions {
  readonly status: () => readonly TargetStatus[];
  readonly isDone: () => boolean;
  /** Writes to a terminal; undefined where there is none, and the log tells instead. */
  readonly terminal: ((text: string) => void) | undefined;
  readonly log: Log;
}

const TERMINAL_INTERVAL_MS = 200;
const LOG_INTERVAL_MS = 10_000;

/** Shows how far the first poll is until it is done or stopped; the function it returns stops it. */
export const showProgress = ({ status, isDone, terminal, log }: ProgressOptions): (() => void) => {
  const show = () => {
    const { entities, polled } = sum(status());
    if (terminal === undefined) log.info('First poll under way', { entities, polled });
    else terminal(`\r\x1b[2K${entities === 0 ? 'discovering…' : `polled ${polled} of ${entities}`}`);
  };
  const timer = setInterval(
    () => {
      if (isDone()) stop();
      else show();
    },
    terminal === undefined ? LOG_INTERVAL_MS : TERMINAL_INTERVAL_MS,
  );
  timer.unref();
  let stopped = false;
  const stop = () => {
    if (stopped) return;
    stopped = true;
    clearInterval(timer);
    terminal?.('\r\x1b[2K');
  };
  return stop;
};

const sum = (targets: readonly TargetStatus[]): { entities: number; polled: number } => {
  const totals = { entities: 0, polled: 0 };
  for (const { collectors } of targets) {
    for (const { entities, polled } of collectors) {
      totals.entities += entities;
      totals.polled += polled;
    }
  }
  return totals;
};
