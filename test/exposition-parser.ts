/**
 * A strict parser of the text exposition format 0.0.4:
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 * Stricter than the format where every client library agrees: each family has HELP, then TYPE, then its samples, one blank
 * between tokens. So a sloppy encoder fails here although Prometheus might forgive it.
 */

export const FAMILY_TYPES = ['counter', 'gauge', 'histogram', 'summary', 'untyped'] as const;
export type FamilyType = (typeof FAMILY_TYPES)[number];

export interface ExposedSample {
  /** With the suffix that a histogram's or summary's samples have. */
  readonly name: string;
  /** Values as they were before they were escaped. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number | undefined;
}

export interface ExposedFamily {
  readonly name: string;
  readonly help: string;
  readonly type: FamilyType;
  readonly samples: readonly ExposedSample[];
}

/** A text that is no exposition; the message begins with the 1-based number of the line. */
export class ExpositionError extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
    this.name = 'ExpositionError';
    this.line = line;
  }
}

type Fail = (message: string) => never;

interface OpenFamily {
  readonly name: string;
  readonly help: string;
  readonly samples: ExposedSample[];
  type: FamilyType | undefined;
}

/** Parses a whole exposition; bytes must be UTF-8. Throws an ExpositionError on anything malformed. */
export const parseExposition = (exposition: string | Uint8Array): readonly ExposedFamily[] => {
  const text = typeof exposition === 'string' ? exposition : decode(exposition);
  if (text === '') return [];
  const lines = text.split('\n');
  const families = new Map<string, OpenFamily>();
  const series = new Set<string>();
  let current: OpenFamily | undefined;
  let number = 0;
  const fail: Fail = message => {
    throw new ExpositionError(number, message);
  };

  const close = (): void => {
    if (current !== undefined && current.type === undefined) fail(`${current.name} has HELP but no TYPE`);
  };
  const help = (name: string, escaped: string): void => {
    close();
    if (families.has(name)) fail(`${name} has HELP already`);
    current = { name, help: unescaped(escaped, HELP_ESCAPES, fail), samples: [], type: undefined };
    families.set(name, current);
  };
  const type = (name: string, word: string): void => {
    if (current?.name !== name) fail(`TYPE of ${name} does not follow its HELP`);
    if (current.type !== undefined) fail(`${name} has TYPE already`);
    current.type = FAMILY_TYPES.find(known => known === word) ?? fail(`"${word}" is no type`);
  };
  const sample = (line: string): void => {
    const parsed = parseSample(line, fail);
    if (current === undefined || !belongs(parsed, current)) {
      const known = [...families.values()].some(family => belongs(parsed, family));
      fail(`${parsed.name} ${known ? 'stands apart from the rest of its family' : 'has no HELP and TYPE'}`);
    }
    const key = seriesKey(parsed);
    if (series.has(key)) fail(`the series ${key} is there twice`);
    series.add(key);
    current.samples.push(parsed);
  };

  for (const line of lines.slice(0, -1)) {
    number += 1;
    if (line === '') continue;
    if (!line.startsWith('#')) {
      sample(line);
      continue;
    }
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) ([^ ]*) ?(.*)$/s.exec(line) ?? [];
    if (keyword === undefined) continue;
    if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) fail(`"${name}" is no name of a metric`);
    if (keyword === 'HELP') help(name, rest);
    else type(name, rest);
  }
  close();
  number = lines.length;
  if (lines.at(-1) !== '') fail('the last line does not end with a newline');
  return [...families.values()].map(family => ({ ...family, type: family.type ?? 'untyped' }));
};

/** The same for two samples of one series, whatever the order of their labels. */
export const seriesKey = ({ name, labels }: Pick<ExposedSample, 'name' | 'labels'>): string => {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${name}{${sorted.map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(',')}}`;
};

/** The samples of this name that carry all of these labels. */
export const samplesOf = (
  families: readonly ExposedFamily[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): readonly ExposedSample[] => {
  const wanted = Object.entries(labels);
  return families
    .flatMap(({ samples }) => samples)
    .filter(found => found.name === name && wanted.every(([label, value]) => found.labels[label] === value));
};

/** The value of the one sample with these labels; undefined when there is none. Throws when there are several. */
export const sampleValue = (
  families: readonly ExposedFamily[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined => {
  const [first, ...others] = samplesOf(families, name, labels);
  if (others.length > 0) throw new Error(`${name} has ${others.length + 1} samples with ${JSON.stringify(labels)}`);
  return first?.value;
};

const METRIC_NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL_NAME = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const NUMBER = /(?:NaN|[+-]?Inf|[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)(?= |$)/y;
const TIMESTAMP = /-?\d+$/y;
const LABEL_ESCAPES: Readonly<Record<string, string>> = { '\\': '\\', n: '\n', '"': '"' };
const HELP_ESCAPES: Readonly<Record<string, string>> = { '\\': '\\', n: '\n' };

const decode = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ExpositionError(1, 'the text is not UTF-8');
  }
};

const unescaped = (text: string, escapes: Readonly<Record<string, string>>, fail: Fail): string =>
  text.replace(/\\([\s\S]?)/g, (sequence: string, character: string) =>
    Object.hasOwn(escapes, character) ? (escapes[character] ?? '') : fail(`${sequence} is no escape sequence here`),
  );

const parseSample = (line: string, fail: Fail): ExposedSample => {
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const [taken] = pattern.exec(line) ?? [];
    if (taken !== undefined) at += taken.length;
    return taken;
  };
  const expect = (pattern: RegExp, what: string): string =>
    take(pattern) ?? fail(`${what} is expected at ${JSON.stringify(line.slice(at))}`);

  const name = expect(METRIC_NAME, 'the name of a metric');
  const labels = new Map<string, string>();
  if (take(/\{/y) !== undefined) {
    while (take(/\}/y) === undefined) {
      const label = expect(LABEL_NAME, 'the name of a label');
      if (label.startsWith('__')) fail(`the label ${label} belongs to Prometheus`);
      if (labels.has(label)) fail(`the label ${label} is there twice`);
      expect(/="/y, '="');
      const value = take(/(?:[^"\\]|\\[\s\S])*/y) ?? '';
      expect(/"/y, 'a closing quote');
      labels.set(label, unescaped(value, LABEL_ESCAPES, fail));
      if (take(/,/y) === undefined && line[at] !== '}') fail(`, or } is expected at ${JSON.stringify(line.slice(at))}`);
    }
  }
  expect(/ /y, 'a blank');
  const value = expect(NUMBER, 'a value');
  const timestamp = take(/ /y) === undefined ? undefined : Number(expect(TIMESTAMP, 'a timestamp'));
  if (at < line.length) fail(`nothing is expected after the value, but ${JSON.stringify(line.slice(at))}`);
  return { name, labels: Object.fromEntries(labels), value: numberOf(value), timestamp };
};

const numberOf = (text: string): number => {
  if (!text.endsWith('Inf')) return Number(text);
  return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
};

const belongs = ({ name, labels }: ExposedSample, family: OpenFamily): boolean => {
  const summed = name === `${family.name}_sum` || name === `${family.name}_count`;
  switch (family.type) {
    case undefined:
      return false;
    case 'histogram':
      return summed || (name === `${family.name}_bucket` && labels.le !== undefined);
    case 'summary':
      return summed || (name === family.name && labels.quantile !== undefined);
    default:
      return name === family.name;
  }
};
