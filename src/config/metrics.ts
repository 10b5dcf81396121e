import { distance } from 'fastest-levenshtein';
import { z } from 'zod';
import { collectorsInUse } from './collectors.ts';
import type { KnownNames, MetricSelection } from './config.ts';
import { describe } from './describe.ts';
import { evenAfterMistakes, isMap, pattern } from './fields.ts';
import { compileFilter, compilePattern } from './filter.ts';

export const PRESETS = ['full', 'lean'] as const;

/** The section metrics: which families of jobs and workflows are exposed. */
export const metricsSection = ({ collectors }: KnownNames) => {
  const families = collectors.flatMap(collector => collector.families);
  const matching = z.array(pattern).superRefine((patterns, context) => {
    patterns.forEach((text, index) => {
      if (typeof text !== 'string' || !isPattern(text) || families.some(compilePattern(text))) return;
      context.addIssue({ code: 'custom', path: [index], message: explainNoMatch(text, families) });
    });
  }, evenAfterMistakes(Array.isArray));
  return z.strictObject({
    preset: z.enum(PRESETS).default('full'),
    include: matching.default([]),
    exclude: matching.default([]),
  });
};

const isPattern = (text: string): boolean => {
  try {
    compilePattern(text);
    return true;
  } catch {
    return false;
  }
};

const PREFIX = 'aws_glue_';
const CLOSEST = 3;

const explainNoMatch = (text: string, families: readonly string[]): string => {
  if (/^\^?(aws_glue_)?exporter_|^\^?(process|nodejs)_/.test(text)) {
    return `${describe(text)} matches no metric of jobs or workflows; the exporter's own metrics are always exposed`;
  }
  const name = text.replace(/[^a-z_]/g, '').replace(PREFIX, '');
  const far = (family: string): number => distance(name, family.replace(PREFIX, ''));
  const closest = [...families].sort((a, b) => far(a) - far(b)).slice(0, CLOSEST);
  return `${describe(text)} matches no metric; the closest are ${closest.join(', ')}`;
};

type Given = z.output<ReturnType<typeof metricsSection>>;

/** The families that a section selects: include adds to the preset lean, and without it nothing else is exposed. */
export const selectMetrics = ({ preset, include, exclude }: Given, known: KnownNames): MetricSelection => {
  const isIncluded = compileFilter({ include, exclude: [] });
  const isExcluded = compileFilter({ include: exclude, exclude: [] });
  const lean = new Set(known.collectors.flatMap(collector => collector.lean));
  const isWanted = (family: string): boolean =>
    preset === 'lean' ? lean.has(family) || (include.length > 0 && isIncluded(family)) : isIncluded(family);
  const families = known.collectors
    .flatMap(collector => collector.families)
    .filter(family => isWanted(family) && !(exclude.length > 0 && isExcluded(family)));
  return { preset, include, exclude, families };
};

/** What is wrong with a selection as a whole; undefined for nothing. */
export const emptySelection = (given: unknown, collected: unknown, known: KnownNames): string | undefined => {
  const parsed = metricsSection(known).safeParse(isMap(given) ? given : {});
  if (!parsed.success) return undefined;
  const { families } = selectMetrics(parsed.data, known);
  const inUse = collectorsInUse(collected, known);
  const left = known.collectors.filter(({ name }) => inUse.includes(name)).flatMap(collector => collector.families);
  return left.length === 0 || left.some(family => families.includes(family))
    ? undefined
    : 'leaves no metric of what is collected; include more or exclude less';
};
