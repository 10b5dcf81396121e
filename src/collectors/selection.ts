import type { Family } from '../metrics/family.ts';
import type { AnyCollector } from './collector.ts';
import { collectors } from './index.ts';

/** A family without samples: it is not exposed and needs no room under series.limit, but keeps its position. */
const muted = <Shown>(family: Family<Shown>): Family<Shown> => ({ ...family, mostSamples: 0, samples: () => [] });

/**
 * Every collector, with only the families of these names. Counting does not depend on the selection, so a family that is selected later
 * is complete.
 */
export const collectorsWith = (families: readonly string[]): readonly AnyCollector[] => {
  const selected = new Set(families);
  return collectors.map(collector =>
    collector.withFamilies(family => (selected.has(family.name) ? family : muted(family))),
  );
};
