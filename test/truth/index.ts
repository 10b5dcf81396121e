import { collectors } from '../../src/collectors/index.ts';
import { jobsTruth } from './jobs.ts';
import type { KindTruth } from './kind-truth.ts';
import { workflowsTruth } from './workflows.ts';

/** What must be exposed of each kind. A new one is one line here. */
export const truths: readonly KindTruth[] = [jobsTruth, workflowsTruth];

/** The collectors of a config that names none. */
export const collectorsInUse = collectors.filter(({ isDefault }) => isDefault);

/** What must be exposed with such a config. */
export const truthsInUse = truths.filter(truth => collectorsInUse.some(({ name }) => name === truth.name));

/** The labels that name an entity of a kind. */
export const labelNamesOf = ({ name }: Pick<KindTruth, 'name'>): readonly string[] =>
  collectors.find(collector => collector.name === name)?.labelNames ?? [];

/** The counters of Glue, of all kinds. */
export const isGlueCounter = (family: string): boolean =>
  family.endsWith('_total') && truths.some(({ prefix }) => family.startsWith(prefix));

/** The name of the entity that a series of Glue is about, by its labels. */
export const entityOf = (labels: Readonly<Record<string, string>>): string => {
  const names =
    truths.map(labelNamesOf).find(all => all.length > 0 && all.every(name => labels[name] !== undefined)) ?? [];
  return names.map(name => labels[name]).join('/');
};
