import type { Family, FamilyHeader } from './family.ts';
import { type Labels, renderExemplar, renderLabels, renderSample, renderValues } from './text.ts';

/** The rendered samples of one entity, and how many they are. */
export interface RenderedEntity {
  /** A text per family of its group, in the group's order. */
  readonly texts: readonly string[];
  /** What OpenMetrics has instead, by the index of the family, where there are exemplars. */
  readonly openMetrics: ReadonlyMap<number, string>;
  readonly series: number;
}

/** Renders every family of one entity. Pure; `entityLabels` come first in each sample. */
export const renderEntity = <Entity>(
  families: readonly Family<Entity>[],
  entityLabels: Labels,
  entity: Entity,
): RenderedEntity => {
  const ofEntity = renderLabels(entityLabels);
  const openMetrics = new Map<number, string>();
  let series = 0;
  const texts = families.map((family, index) => {
    let text = '';
    let withExemplars = '';
    let hasExemplars = false;
    for (const { labels, value, exemplar } of family.samples(entity)) {
      series += 1;
      const sample = renderSample(family.name, renderValues(family.labelNames, labels, ofEntity), value);
      text += sample;
      if (family.exemplars !== true) continue;
      const rendered = exemplar === undefined ? '' : renderExemplar(exemplar);
      hasExemplars ||= rendered !== '';
      withExemplars += rendered === '' ? sample : `${sample.slice(0, -1)}${rendered}\n`;
    }
    if (hasExemplars) openMetrics.set(index, withExemplars);
    return text;
  });
  return { texts, openMetrics, series };
};

/** The same as bytes: thousands of small strings that wait for a refresh would be work for the garbage collector. */
export interface EncodedEntity {
  readonly bytes: Buffer;
  /** Where each family's samples end, and then where those end that are others in OpenMetrics. */
  readonly ends: readonly number[];
  /** The index of these among the ends, by the index of the family. */
  readonly openMetrics: ReadonlyMap<number, number>;
  readonly series: number;
}

export const encodeEntity = ({ texts, openMetrics, series }: RenderedEntity): EncodedEntity => {
  const all = [...texts, ...openMetrics.values()];
  const bytes = Buffer.allocUnsafeSlow(all.reduce((sum, text) => sum + Buffer.byteLength(text), 0));
  const ends: number[] = [];
  let at = 0;
  for (const text of all) {
    at += bytes.write(text, at);
    ends.push(at);
  }
  const indexes = new Map([...openMetrics.keys()].map((family, index) => [family, texts.length + index]));
  return { bytes, ends, openMetrics: indexes, series };
};

/** How many series one entity can have, at most. */
export const mostSeries = (families: readonly FamilyHeader[]): number =>
  families.reduce((sum, { mostSamples = 1 }) => sum + mostSamples, 0);

/** Families that are exposed by the same kind of entity. */
export interface FamilyGroup {
  readonly name: string;
  readonly families: readonly FamilyHeader[];
}
