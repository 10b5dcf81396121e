import type { KnownNames } from '../../src/config/config.ts';
import { knownNames } from '../../src/exporter/known-names.ts';

/** The names of the collectors that are on by default: what tests expect of a file is the same when others are added. */
export const usualNames: KnownNames = {
  ...knownNames,
  collectors: knownNames.collectors.filter(({ isDefault }) => isDefault),
};
