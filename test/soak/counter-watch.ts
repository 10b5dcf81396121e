import { type ExposedFamily, seriesKey } from '../exposition-parser.ts';
import { entityOf, isGlueCounter } from '../truth/index.ts';

/** What has been found wrong, in words. */
export interface Findings {
  readonly wentBack: readonly string[];
  readonly vanished: readonly string[];
}

/** Looks at every scrape. */
export interface CounterWatch {
  /**
   * Takes a scrape of a process, the processes being numbered. `isExcused` says which entities may have no series
   * although they had some.
   */
  see(families: readonly ExposedFamily[], process: number, isExcused: (entity: string) => boolean): void;
  readonly findings: Findings;
}

/** Counters of Glue never go back, whatever is killed; the exporter's own begin anew with each process, and else never do. */
export const watchCounters = (): CounterWatch => {
  const highest = new Map<string, number>();
  const wentBack: string[] = [];
  const vanished: string[] = [];
  let current = -1;
  let ofProcess = new Map<string, number>();
  /** The series of entities that this process has shown, and whose they are. */
  let shown = new Map<string, string>();

  return {
    findings: { wentBack, vanished },
    see(families, process, isExcused) {
      if (process !== current) {
        current = process;
        ofProcess = new Map();
        shown = new Map();
      }
      const found = new Map<string, string>();
      for (const family of families) {
        if (family.type !== 'counter') continue;
        const isOfGlue = isGlueCounter(family.name);
        const known = isOfGlue ? highest : ofProcess;
        for (const sample of family.samples) {
          const key = seriesKey(sample);
          const before = known.get(key) ?? 0;
          if (sample.value < before) wentBack.push(`${key} from ${before} to ${sample.value} in process ${process}`);
          else known.set(key, sample.value);
          if (isOfGlue) found.set(key, entityOf(sample.labels));
        }
      }
      for (const [key, entity] of shown) {
        if (found.has(key)) continue;
        if (!isExcused(entity)) vanished.push(`${key} in process ${process}`);
        shown.delete(key);
      }
      for (const [key, entity] of found) shown.set(key, entity);
    },
  };
};
