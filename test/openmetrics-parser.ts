/**
 * A strict parser of OpenMetrics 1.0 text, as far as an exporter of counters, gauges, histograms and summaries goes:
 * https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md. What the specification only recommends is
 * demanded.
 */

export interface OpenMetricsExemplar {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly timestamp: number;
}

export interface OpenMetricsSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly exemplar: OpenMetricsExemplar | undefined;
}

export interface OpenMetricsFamily {
  readonly name: string;
  readonly type: string;
  readonly unit: string | undefined;
  readonly help: string;
  readonly samples: readonly OpenMetricsSample[];
}

/** What the samples of a type have after the name of their family. */
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total'],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = String.raw`[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\[\\"n])*"`;
const LABELS = String.raw`\{(?:${LABEL}(?:,${LABEL})*)?\}`;
const NUMBER = String.raw`(?:NaN|[+-]?Inf|[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)`;
const SAMPLE = new RegExp(`^(${NAME})(${LABELS})? (${NUMBER})(?: # (${LABELS}) (${NUMBER}) (${NUMBER}))?$`, 's');
const METADATA = new RegExp(String.raw`^# (TYPE|UNIT|HELP) (${NAME}) ((?:[^"\\]|\\[\\"n])*)$`, 's');
const CANONICAL = /^(?:\d+\.\d+(?:e[+-]?\d+)?|\+Inf)$/;
const LONGEST_EXEMPLAR = 128;

/** Parses a whole exposition. Throws, with the number of the line, on anything that is not as it should be. */
export const parseOpenMetrics = (text: string): readonly OpenMetricsFamily[] => {
  const lines = text.split('\n');
  if (lines.pop() !== '' || lines.pop() !== '# EOF') throw new Error('the exposition does not end with # EOF');
  const families = new Map<string, { -readonly [Key in keyof OpenMetricsFamily]: OpenMetricsFamily[Key] }>();
  const series = new Set<string>();
  let current: { name: string; stage: string; samples: OpenMetricsSample[] } | undefined;

  for (const [index, line] of lines.entries()) {
    const fail = (why: string): never => {
      throw new Error(`line ${index + 1}: ${why}: ${JSON.stringify(line)}`);
    };
    const [, keyword, name = '', rest = ''] = METADATA.exec(line) ?? [];
    if (keyword === 'TYPE') {
      if (families.has(name)) fail('the family is there already');
      if (!Object.hasOwn(SUFFIXES, rest)) fail('no such type');
      current = { name, stage: keyword, samples: [] };
      families.set(name, { name, type: rest, unit: undefined, help: '', samples: current.samples });
      continue;
    }
    const family = families.get(current?.name ?? '');
    if (current === undefined || family === undefined) return fail('a line without a family');
    if (keyword !== undefined) {
      const order = ['TYPE', 'UNIT', 'HELP'];
      if (name !== current.name || order.indexOf(keyword) <= order.indexOf(current.stage)) fail('out of order');
      current.stage = keyword;
      if (keyword === 'HELP') family.help = unescaped(rest);
      else if (name.endsWith(`_${rest}`)) family.unit = rest;
      else fail('the name does not end with the unit');
      continue;
    }
    const sample = sampleOf(line) ?? fail('no sample');
    const suffix = sample.name.startsWith(family.name) ? sample.name.slice(family.name.length) : 'another family';
    if (!SUFFIXES[family.type]?.includes(suffix)) fail(`no sample of a ${family.type}`);
    if (family.type !== 'gauge' && !(sample.value >= 0)) fail('a negative count');
    const { le, quantile } = sample.labels;
    if ((suffix === '_bucket') !== (le !== undefined) || !CANONICAL.test(le ?? quantile ?? '+Inf')) fail('a bad bound');
    if (sample.exemplar !== undefined && !['_total', '_bucket'].includes(suffix)) fail('an exemplar of no count');
    const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
    if (series.has(key)) fail('the series is there twice');
    series.add(key);
    current.stage = 'samples';
    current.samples.push(sample);
  }
  const exposed = new Map<string, string>();
  for (const { name, type } of families.values()) {
    for (const suffix of SUFFIXES[type] ?? []) {
      if (exposed.has(name + suffix)) throw new Error(`${name + suffix} belongs to two families`);
      exposed.set(name + suffix, name);
    }
  }
  return [...families.values()];
};

const sampleOf = (line: string): OpenMetricsSample | undefined => {
  const [whole, name = '', labels = '{}', value, exemplarLabels = '{}', exemplarValue, at] = SAMPLE.exec(line) ?? [];
  if (whole === undefined) return undefined;
  const sample = { name, labels: labelsOf(labels), value: numberOf(value), exemplar: undefined };
  if (exemplarValue === undefined) return sample;
  const pairs = labelsOf(exemplarLabels);
  if ([...Object.entries(pairs).flat().join('')].length > LONGEST_EXEMPLAR) return undefined;
  return { ...sample, exemplar: { labels: pairs, value: numberOf(exemplarValue), timestamp: numberOf(at) } };
};

const labelsOf = (text: string): Readonly<Record<string, string>> => {
  const pairs = [...text.matchAll(/([a-zA-Z0-9_]+)="((?:[^"\\]|\\.)*)"/gs)];
  const labels = Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, unescaped(value)]));
  if (Object.keys(labels).length !== pairs.length) throw new Error(`a label is there twice: ${text}`);
  return labels;
};

const unescaped = (text: string): string =>
  text.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));

const numberOf = (text = ''): number => (text.endsWith('Inf') ? Number(text.replace('Inf', 'Infinity')) : Number(text));
