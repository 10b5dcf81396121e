/** Label names and values in the order they are exposed. */
export type Labels = Readonly<Record<string, string>>;

/** The content type of the text exposition format 0.0.4. */
export const TEXT_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const escapeText = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');

const escapeLabelValue = (value: string): string => escapeText(value).replaceAll('"', '\\"');

/** `name="value"` pairs, joined; empty for no labels. */
export const renderLabels = (labels: Labels): string => {
  let text = '';
  for (const [name, value] of Object.entries(labels)) {
    text += `${text === '' ? '' : ','}${name}="${escapeLabelValue(value)}"`;
  }
  return text;
};

/** The `# HELP` and `# TYPE` lines of a family. */
export const renderHeader = (header: { readonly name: string; readonly help: string; readonly type: string }): string =>
  `# HELP ${header.name} ${escapeText(header.help)}\n# TYPE ${header.name} ${header.type}\n`;

/** One sample line; `labels` are rendered labels. */
export const renderSample = (name: string, labels: string, value: number): string =>
  labels === '' ? `${name} ${renderValue(value)}\n` : `${name}{${labels}} ${renderValue(value)}\n`;

const renderValue = (value: number): string => {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return `${value}`;
};
