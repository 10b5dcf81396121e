import { z } from 'zod';
import type { KnownNames } from './config.ts';
import { evenAfterMistakes, listOf } from './fields.ts';

/** Stands in `collectors` for every collector there is. */
export const ALL_COLLECTORS = 'all';

/** The key collectors: names, or `all` alone. */
export const collectorList = ({ collectors }: KnownNames) => {
  const names = collectors.map(({ name }) => name);
  return listOf(z.enum([...names, ALL_COLLECTORS])).superRefine((given, context) => {
    if (!given.includes(ALL_COLLECTORS)) return;
    given.forEach((name, index) => {
      // What is repeated or unknown is reported already.
      if (given.indexOf(name) !== index || !names.includes(name)) return;
      const message = `is already included in ${ALL_COLLECTORS}; remove one of the two`;
      context.addIssue({ code: 'custom', path: [index], message });
    });
  }, evenAfterMistakes(Array.isArray));
};

/** The names of the collectors in use, as written or in the order they are known; `given` may hold anything. */
export const collectorsInUse = (given: unknown, { collectors }: KnownNames): readonly string[] => {
  const namesOf = (some: KnownNames['collectors']): readonly string[] => some.map(({ name }) => name);
  if (!Array.isArray(given)) return namesOf(collectors.filter(({ isDefault }) => isDefault));
  const written: readonly unknown[] = given;
  if (written.includes(ALL_COLLECTORS)) return namesOf(collectors);
  return written.filter(name => typeof name === 'string');
};

/** The collector in use that has a label of this name; undefined for none. */
export const collectorWithLabel = (
  label: string,
  inUse: readonly string[],
  { collectors }: KnownNames,
): string | undefined => collectors.find(({ name, labels }) => inUse.includes(name) && labels.includes(label))?.name;
