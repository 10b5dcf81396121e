import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { type core, z } from 'zod';
import type { Config, KnownNames, Target } from './config.ts';
import { configSchema } from './schema.ts';

/** One mistake in a config file, with where it is and what to do. */
export interface ConfigProblem {
  /** 1-based; undefined when it cannot be told. */
  readonly line: number | undefined;
  /** Path of the key, such as targets[0].role_arn; empty for the file as a whole. */
  readonly key: string;
  readonly message: string;
}

/** Everything that is wrong with a config file, at once. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(file: string, problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ line, key, message }) =>
      [line === undefined ? file : `${file}:${line}`, key, message].filter(part => part !== '').join(': '),
    );
    super(lines.join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Reads the text of a config file. Throws a ConfigError that lists every mistake. An empty file is the default config. */
export const parseConfig = (text: string, file: string, known: KnownNames): Config => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false });
  const syntax = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
    line: lines.linePos(pos[0]).line,
    key: '',
    message: `is not valid YAML: ${message}`,
  }));
  if (syntax.length > 0) throw new ConfigError(file, syntax);

  const schema = configSchema(known);
  const result = schema.safeParse(contentOf(document, file), { error: explain, reportInput: true });
  const lineOf = (path: Path): number | undefined => lineIn(document, lines, path);
  if (!result.success) {
    const allowed = allowedKeysIn(schema);
    const problems = result.error.issues.flatMap(issue => problemsOf(issue, allowed, lineOf));
    throw new ConfigError(
      file,
      problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)),
    );
  }
  const repeated = repeatedTargets(result.data.targets, lineOf);
  if (repeated.length > 0) throw new ConfigError(file, repeated);
  return deepFreeze(result.data);
};

/** The configuration when no file is given. */
export const defaultConfig = (known: KnownNames): Config => parseConfig('', 'default', known);

type Path = readonly PropertyKey[];

const contentOf = (document: Document, file: string): unknown => {
  try {
    return document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (error) {
    const why = error instanceof Error ? error.message : `${error}`;
    throw new ConfigError(file, [{ line: undefined, key: '', message: `is not valid YAML: ${why}` }]);
  }
};

/** Messages for what zod finds by itself; our own checks bring theirs. */
const explain = (issue: core.$ZodRawIssue): string | undefined => {
  if (issue.code === 'invalid_type') {
    if (issue.input === undefined) return `is missing; a ${nameOfType(issue.expected)} is needed`;
    const hint = issue.expected === 'string' && typeof issue.input === 'number' ? '; put it in quotes' : '';
    return `is ${describe(issue.input)}, but must be ${withArticle(nameOfType(issue.expected))}${hint}`;
  }
  if (issue.code === 'invalid_value') {
    return `${describe(issue.input)} is not known here; use one of: ${issue.values.join(', ')}`;
  }
  if (issue.code === 'too_small') {
    const least = `${issue.minimum}`;
    if (issue.origin === 'array') return `needs ${least} entry at least; add one or remove the key`;
    if (issue.origin === 'string') return `needs ${least} characters at least`;
    return `${describe(issue.input)} is too small; it must be ${issue.inclusive === false ? 'more than' : 'at least'} ${least}`;
  }
  if (issue.code === 'too_big') return `${describe(issue.input)} is too large; the most is ${issue.maximum}`;
  return undefined;
};

const TYPE_NAMES: Readonly<Record<string, string>> = {
  array: 'list',
  object: 'map of keys',
  record: 'map of keys',
  string: 'text',
  int: 'whole number',
};

const nameOfType = (type: string): string => TYPE_NAMES[type] ?? type;

const withArticle = (name: string): string => (name === 'text' ? name : `a ${name}`);

const describe = (value: unknown): string => {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map of keys';
  return typeof value === 'string' ? `"${value}"` : `${value}`;
};

const problemsOf = (
  issue: core.$ZodIssue,
  allowed: (path: Path) => readonly string[],
  lineOf: (path: Path) => number | undefined,
): ConfigProblem[] => {
  if (issue.code !== 'unrecognized_keys') {
    return [{ line: lineOf(issue.path), key: keyOf(issue.path), message: issue.message }];
  }
  const message = `is no key of this file; known here: ${allowed(issue.path).join(', ')}`;
  return issue.keys.map(key => {
    const path = [...issue.path, key];
    return { line: lineOf(path), key: keyOf(path), message };
  });
};

/** targets[0].role_arn */
const keyOf = (path: Path): string =>
  path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`))
    .join('');

/** The line of the key at a path, or of the nearest key above it that is in the file. */
const lineIn = (document: Document, lines: LineCounter, path: Path): number | undefined => {
  let node: unknown = document.contents;
  let offset = isNode(node) ? node.range?.[0] : undefined;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === part);
      if (pair === undefined) break;
      offset = isNode(pair.key) ? pair.key.range?.[0] : offset;
      node = pair.value;
    } else {
      node = document.getIn(path.slice(0, path.indexOf(part) + 1), true);
      if (!isNode(node)) break;
      offset = node.range?.[0] ?? offset;
    }
  }
  return offset === undefined ? undefined : lines.linePos(offset).line;
};

/** The keys that a map at a path may have, as the schema says. */
const allowedKeysIn = (schema: z.ZodType): ((path: Path) => readonly string[]) => {
  const whole: unknown = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return path => {
    let at = whole;
    for (const part of path)
      at = typeof part === 'number' ? property(at, 'items') : property(property(at, 'properties'), part);
    const keys = property(at, 'properties');
    return typeof keys === 'object' && keys !== null ? Object.keys(keys) : [];
  };
};

const property = (value: unknown, key: PropertyKey): unknown =>
  typeof value === 'object' && value !== null ? Object.entries(value).find(([name]) => name === key)?.[1] : undefined;

/** Two targets for the same account and region would expose the same series twice. */
const repeatedTargets = (targets: readonly Target[], lineOf: (path: Path) => number | undefined): ConfigProblem[] => {
  const seen = new Map<string, number>();
  return targets.flatMap(({ region, roleArn, accountId, endpoint }, index) => {
    const account = accountId ?? roleArn?.split(':')[4] ?? '';
    const identity = JSON.stringify([region ?? '', account, account === '' ? (endpoint ?? '') : '']);
    const first = seen.get(identity);
    if (first === undefined) {
      seen.set(identity, index);
      return [];
    }
    const message = `is the same account and region as targets[${first}]; merge the two`;
    return [{ line: lineOf(['targets', index]), key: `targets[${index}]`, message }];
  });
};

const deepFreeze = <Value>(value: Value): Value => {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
};
