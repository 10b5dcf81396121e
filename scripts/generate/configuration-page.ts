import { z } from 'zod';
import { collectors } from '../../src/collectors/index.ts';
import { configSchema } from '../../src/config/schema.ts';
import { webConfigSchema } from '../../src/config/web-schema.ts';
import { knownNames } from '../../src/exporter/known-names.ts';
import { commentsIn, type ExplainedKey } from './yaml-comments.ts';

type JsonSchema = Readonly<Record<string, unknown>>;

/** A key of a configuration file, by its path from the top: `targets[].jobs.include`. */
interface Key {
  readonly path: string;
  readonly schema: JsonSchema;
}

const isMap = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const jsonSchemaOf = (schema: z.ZodType): unknown => z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });

const keysOf = (schema: unknown, path = ''): readonly Key[] => {
  if (!isMap(schema)) return [];
  if (schema.items !== undefined) return keysOf(schema.items, `${path}[]`);
  const properties = isMap(schema.properties) ? schema.properties : {};
  return Object.entries(properties).flatMap(([key, inner]) => {
    const at = path === '' ? key : `${path}.${key}`;
    return isMap(inner) ? [{ path: at, schema: inner }, ...keysOf(inner, at)] : [];
  });
};

/** All keys of config.yaml, in the order of the schema. */
export const configKeys = (): readonly Key[] => keysOf(jsonSchemaOf(configSchema(knownNames)));

/** All keys of the file of --web.config.file. */
export const webConfigKeys = (): readonly Key[] => keysOf(jsonSchemaOf(webConfigSchema('', () => '')));

const typeOf = (schema: unknown): string => {
  if (!isMap(schema)) return 'text';
  if (isMap(schema.duration)) return 'duration';
  if (Array.isArray(schema.enum)) return 'word';
  if (schema.type === 'array') return `list of ${typeOf(schema.items)}s`;
  if (schema.type === 'object')
    return isMap(schema.properties) ? 'section' : `map of ${typeOf(schema.additionalProperties)}s`;
  if (schema.type === 'integer') return 'whole number';
  if (schema.type === 'boolean') return 'true or false';
  return typeof schema.type === 'string' && schema.type !== 'string' ? schema.type : 'text';
};

/** From the least to the most, as far as there are both. */
const range = (least: unknown, most: unknown, unit = ''): string => {
  if (least !== undefined && most !== undefined) return `${least} to ${most}${unit}`;
  if (least !== undefined) return `at least ${least}${unit}`;
  return most === undefined ? '' : `at most ${most}${unit}`;
};

/** Whole numbers have these as limits where the schema has none. */
const isSafe = (limit: unknown): boolean => Math.abs(Number(limit)) === Number.MAX_SAFE_INTEGER;

const limitsOf = (schema: JsonSchema): string => {
  if (isMap(schema.duration)) return range(schema.duration.atLeast, schema.duration.atMost);
  const words = Array.isArray(schema.enum) ? schema.enum : isMap(schema.items) ? schema.items.enum : undefined;
  if (Array.isArray(words))
    return words
      .filter(word => word !== '')
      .map(word => `\`${word}\``)
      .join(', ');
  if (schema.minItems !== undefined) return 'not empty';
  if (schema.maxLength !== undefined) return range(schema.minLength, schema.maxLength, ' characters');
  const [least, most] = [schema.minimum, schema.maximum].map(limit => (isSafe(limit) ? undefined : limit));
  return range(least, most);
};

const lastPart = (path: string): string => path.replace(/.*\./, '');

/** A key that is explained elsewhere: under the same name, or in the words of another one. */
const explainedBy = (path: string, explained: ReadonlyMap<string, ExplainedKey>): string | undefined => {
  const all = [...explained];
  const named = all.filter(([other, { comment }]) => lastPart(other) === lastPart(path) && comment !== '');
  // Of one kind of thing rather than of another: workflows.include as jobs.include, poll.interval of a target as that of the file.
  const [best] = named.sort(([a], [b]) => Number(path.endsWith(b)) - Number(path.endsWith(a)));
  if (best !== undefined) return best[0];
  return all.find(([, { comment }]) => comment.includes(`, ${lastPart(path)} can `))?.[0];
};

const DEFAULT = /\s?Default:\s(.*?)\.(?=\s[A-Z]|\s*$)/s;

const code = (text: string): string => `\`${text}\``;

/** Names of keys, metrics and labels: what has an underscore, or a section before it. */
const NAME = /(?<![\w/[(.`-])\{?(?:[a-z]+(?:[._][a-z]+)*_[a-z_]+|(?:poll|aws|series|state)\.[a-z_]+)\}?(?![\w`]|\.\w)/g;

/** What a collector's filter is, where the example does not show it; empty for other keys. */
const filterComment = (path: string): string => {
  const collector = collectors.find(({ name }) => name === lastPart(path));
  return collector === undefined ? '' : `Which ${collector.words.many} to collect. Default: all.`;
};

/** Comments as Markdown: what is a name there, a file or an entry of a list. */
const markdown = (comment: string): string =>
  comment
    .replaceAll('|', '\\|')
    .replaceAll(/\n +(\S+) {2,}(.*)/g, '<br>`$1`: $2')
    .replaceAll('\n', ' ')
    .replaceAll(/\bdocs\/([\w-]+\.md)\b/g, '[$1]($1)')
    .replaceAll(NAME, code)
    .replaceAll(/(?<![\w`])--[a-z][\w.-]*(?:=[A-Z]+(?:\/[A-Z]+)?)?/g, code);

/** What an example shows as it stands is the default only where the whole file is. */
interface Explanations {
  readonly explained: ReadonlyMap<string, ExplainedKey>;
  readonly showsDefaults: boolean;
}

const row = ({ path, schema }: Key, { explained, showsDefaults }: Explanations): string => {
  const own = explained.get(path);
  const elsewhere = explainedBy(path, explained);
  const comment = own?.comment || (elsewhere === undefined ? filterComment(path) : '');
  const meaning =
    comment === '' && elsewhere !== undefined ? `see \`${elsewhere}\`` : markdown(comment.replace(DEFAULT, ''));
  const said = DEFAULT.exec(comment)?.[1];
  const fallback = showsDefaults && own?.isInForce === true && own.value !== '' ? code(own.value) : '';
  const byDefault = said === undefined ? fallback : markdown(said);
  return `| ${[code(path), typeOf(schema), limitsOf(schema), byDefault, meaning.trim()].join(' | ')} |`;
};

const HEAD = '| key | type | limits | default | meaning |\n|---|---|---|---|---|';

/** The sections of a file, in the order of its example. */
const sectionsOf = (keys: readonly Key[], explanations: Explanations, level: string): string => {
  const { explained } = explanations;
  const order = [...explained.keys()];
  return keys
    .filter(({ path }) => !path.includes('.'))
    .sort((a, b) => order.indexOf(a.path) - order.indexOf(b.path))
    .map(({ path, schema }) => {
      const inner = keys.filter(other => other.path.startsWith(`${path}.`) || other.path.startsWith(`${path}[].`));
      const comment = explained.get(path)?.comment ?? '';
      if (inner.length === 0) return `${level} ${path}\n\n${HEAD}\n${row({ path, schema }, explanations)}\n`;
      const intro = comment === '' ? '' : `${wrapped(markdown(comment))}\n\n`;
      return `${level} ${path}\n\n${intro}${HEAD}\n${inner.map(key => row(key, explanations)).join('\n')}\n`;
    })
    .join('\n');
};

/** Lines of at most 130 columns. */
const wrapped = (text: string): string => text.replace(/(?=.{131})(.{1,130}) /g, '$1\n');

const INTRO = `Durations are written like \`30s\`, \`5m\`, \`1h30m\` or \`500ms\` (units ms, s, m, h, d); they are rounded to milliseconds. Regular
expressions have [RE2's syntax](https://github.com/google/re2/wiki/Syntax), match anywhere in a name unless anchored with \`^\` and \`$\`, and are
case-sensitive. Environment variables are not expanded. Unknown keys are errors.`;

/** docs/configuration.md: every key, its type and limits from the schemas, its meaning and default from the comments of the examples. */
export const configurationPage = (read: (path: string) => string): string => {
  const explained = commentsIn(read('config.example.yaml'));
  const webExplained = commentsIn(read('web-config.example.yaml'));
  return `<!-- Generated by \`npm run generate\`. Edit the comments in config.example.yaml and web-config.example.yaml, and the schemas in src/config/, instead. -->
# Configuration

Without a file there is one target, with the region and the credentials of the environment. With \`--config.file=FILE\` this is what it may say;
[config.example.yaml](../config.example.yaml) is such a file with everything in it. \`--config.check\` finds all mistakes at once, each with
its line, and \`/config\` shows what is in force. It is read again on SIGHUP, and on \`POST /-/reload\` with \`--web.enable-lifecycle\`; see
[reliability.md](reliability.md#reload).

${INTRO}

${sectionsOf(configKeys(), { explained, showsDefaults: true }, '##')}
## The web server

\`--web.config.file=FILE\` is a file of its own, in the format of Prometheus' exporter-toolkit: [web-config.md](web-config.md) shows how to make what it
needs, and [web-config.example.yaml](../web-config.example.yaml) is one with everything in it. File names are relative to the folder of the file.

${sectionsOf(webConfigKeys(), { explained: webExplained, showsDefaults: false }, '###')}`;
};
