import type { Exemplar, FamilyHeader } from './family.ts';
import type { Format } from './format.ts';

/** Label names and values in the order they are exposed. */
export type Labels = Readonly<Record<string, string>>;

/** The last line of OpenMetrics. */
export const OPENMETRICS_END = '# EOF\n';

/** OpenMetrics: the labels of an exemplar, names and values, have no more characters than this. */
const LONGEST_EXEMPLAR = 128;

const escapeText = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');

const NEEDS_ESCAPE = /["\\\n]/;

const escapeQuoted = (value: string): string =>
  NEEDS_ESCAPE.test(value) ? escapeText(value).replaceAll('"', '\\"') : value;

/** `name="value"` pairs, joined; empty for no labels. */
export const renderLabels = (labels: Labels): string => {
  let text = '';
  for (const [name, value] of Object.entries(labels)) {
    text += `${text === '' ? '' : ','}${name}="${escapeQuoted(value)}"`;
  }
  return text;
};

/** The rendered labels in `before` and those of a sample, its values in the order of their names; a missing value is empty. */
export const renderValues = (names: readonly string[], values: readonly string[], before: string): string => {
  let text = before;
  for (let index = 0; index < names.length; index += 1) {
    text += `${text === '' ? '' : ','}${names[index]}="${escapeQuoted(values[index] ?? '')}"`;
  }
  return text;
};

/** What a header is rendered from. */
export type RenderedHeader = Pick<FamilyHeader, 'name' | 'help' | 'unit'> & { readonly type: string };

/** The lines before the samples of a family: what it is and, in OpenMetrics, its unit. */
export const renderHeader = ({ name, help, type, unit }: RenderedHeader, format: Format): string => {
  if (format === 'text') return `# HELP ${name} ${escapeText(help)}\n# TYPE ${name} ${type}\n`;
  // There, a counter's family has no suffix; its samples have.
  const family = type === 'counter' ? name.replace(/_total$/, '') : name;
  const unitLine = unit === undefined ? '' : `# UNIT ${family} ${unit}\n`;
  return `# TYPE ${family} ${type}\n${unitLine}# HELP ${family} ${escapeQuoted(help)}\n`;
};

/** One sample line; `labels` are rendered labels. */
export const renderSample = (name: string, labels: string, value: number): string =>
  labels === '' ? `${name} ${renderValue(value)}\n` : `${name}{${labels}} ${renderValue(value)}\n`;

/** What follows a sample in OpenMetrics; empty when the labels are too long for an exemplar. */
export const renderExemplar = ({ labels, value, timestamp }: Exemplar): string => {
  const characters = Object.entries(labels).reduce((sum, [name, text]) => sum + [...name].length + [...text].length, 0);
  if (characters > LONGEST_EXEMPLAR) return '';
  return ` # {${renderLabels(labels)}} ${renderValue(value)} ${renderValue(timestamp)}`;
};

const renderValue = (value: number): string => {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return `${value}`;
};
