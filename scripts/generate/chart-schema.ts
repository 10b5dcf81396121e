import { ruleFiles } from '../../monitoring/source/rules/files.ts';
import { isAlert } from '../../monitoring/source/rules/rule.ts';
import { anywhere, THRESHOLDS } from '../../monitoring/source/site.ts';

const alertNames = ruleFiles(anywhere).flatMap(({ groups }) =>
  groups.flatMap(({ rules }) => rules.flatMap(rule => (isAlert(rule) ? [rule.alert] : []))),
);

/** Puts lines of JSON, as Biome writes them, between the first line of a definition and its last. */
const withContent = (schema: string, open: string, close: string, lines: readonly string[]): string => {
  const start = schema.indexOf(open);
  const end = schema.indexOf(close, start);
  if (start < 0 || end < 0) throw new Error(`the chart's schema has no ${open.trim()}`);
  const content = lines.map(line => `        ${line}`).join(',\n');
  return `${schema.slice(0, start)}${open}${content}\n${schema.slice(end)}`;
};

const withEnum = (schema: string, definition: string, values: readonly string[]): string =>
  withContent(
    schema,
    `    "${definition}": {\n      "enum": [\n`,
    '      ]\n',
    values.map(value => JSON.stringify(value)),
  );

const withProperties = (
  schema: string,
  definition: string,
  properties: readonly (readonly [name: string, definition: string])[],
): string =>
  withContent(
    schema,
    `    "${definition}": {\n      "type": "object",\n      "additionalProperties": false,\n      "properties": {\n`,
    '      }\n',
    properties.map(([name, of]) => `"${name}": { "$ref": "#/definitions/${of}" }`),
  );

/** The chart's schema with the names of the alerts and thresholds in their place: a misspelt one is refused. */
export const withRuleNames = (schema: string): string => {
  const thresholds = Object.entries(THRESHOLDS).map(
    ([name, value]) => [name, typeof value === 'number' ? 'thresholdNumber' : 'duration'] as const,
  );
  const severities = alertNames.map(name => [name, 'severity'] as const);
  const withAlerts = withProperties(withEnum(schema, 'alertName', alertNames), 'severities', severities);
  return withProperties(withAlerts, 'thresholds', thresholds);
};
