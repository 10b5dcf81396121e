import type { Family } from '../metrics/family.ts';
import type { AnyCollector } from './collector.ts';
import { collectors } from './index.ts';

/** A family without samples: it is not exposed, and takes no room. It keeps its place among the others. */
const muted = <Shown>(family: Family<Shown>): Family<Shown> => ({ ...family, mostSamples: 0, samples: () => [] });

/**
 * Every collector, with the families of these names only. What is counted stays the same, so that a family which is selected later
 * has missed nothing.
 */
export const collectorsWith = (families: readonly string[]): readonly AnyCollector[] => {
  const selected = new Set(families);
  return collectors.map(collector =>
    collector.withFamilies(family => (selected.has(family.name) ? family : muted(family))),
  );
};
