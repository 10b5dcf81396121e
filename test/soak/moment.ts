import { watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ExporterProcess } from './exporter-process.ts';
import type { End } from './lives.ts';

export interface MomentOptions {
  readonly exporter: ExporterProcess;
  /** The file that holds the state. */
  readonly journal: string;
  /** All requests that AWS has received so far. */
  readonly requests: () => number;
  /** Resolves when there is no more time to wait for the moment. */
  readonly giveUp: Promise<void>;
}

/** Resolves when something happens to a file of the state for the nth time; false when that takes too long. */
const onFile = (
  { journal, exporter, giveUp }: MomentOptions,
  name: string,
  event: 'rename' | 'change',
  times: number,
): Promise<boolean> =>
  new Promise(resolve => {
    let left = times;
    const settle = (came: boolean): void => {
      watcher.close();
      resolve(came);
    };
    const watcher = watch(dirname(journal), (found, file) => {
      if (found !== event || file !== name) return;
      left -= 1;
      if (left <= 0) settle(true);
    });
    void Promise.race([giveUp, exporter.ended]).then(() => settle(false));
  });

/** Resolves when the moment of an end has come; false when it did not come in time. */
export const momentOf = async (end: End, options: MomentOptions): Promise<boolean> => {
  const { exporter, journal, requests, giveUp } = options;
  switch (end.kind) {
    case 'now':
    case 'stopped':
      return true;
    case 'saving':
      // A save writes twice: what has changed, and that it has been saved.
      return onFile(options, basename(journal), 'change', 2 * end.saves + 1);
    case 'opening':
    case 'rewriting':
      return onFile(options, `${basename(journal)}.new`, 'rename', 1);
    case 'starting':
      await pause(end.afterMs);
      return true;
    case 'first poll': {
      let isOver = false;
      void giveUp.then(() => {
        isOver = true;
      });
      const before = requests();
      while (requests() < before + end.requests) {
        if (exporter.hasEnded() || isOver) return false;
        await pause(1);
      }
      return true;
    }
  }
};
