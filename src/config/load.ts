import { type core, z } from 'zod';
import type { Config, KnownNames } from './config.ts';
import { describe } from './describe.ts';
import { type AllowedKeys, hintForSpace, hintForType } from './hints.ts';
import { type Unfilled, unfilledIn } from './placeholders.ts';
import { configSchema } from './schema.ts';
import { type Path, readYaml } from './yaml-source.ts';

/** One mistake in a config file, with where it is and what to do. */
export interface ConfigProblem {
  /** 1-based; undefined when it is not known. */
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
export const parseConfig = (text: string, file: string, known: KnownNames): Config =>
  parseChecked(text, file, configSchema(known), { unfilledIn });

/** The configuration when no file is given. */
export const defaultConfig = (known: KnownNames): Config => parseConfig('', 'default', known);

export interface ParseOptions {
  /** The file holds secrets: messages show nothing of it but keys that could be the schema's, and what its own messages show. */
  readonly secret?: boolean;
  /** Finds what stands for something that nothing fills in. */
  readonly unfilledIn?: (content: unknown) => readonly Unfilled[];
}

/** Reads YAML against a schema into a frozen value. Throws a ConfigError that lists every mistake. */
export const parseChecked = <Output>(
  text: string,
  file: string,
  schema: z.ZodType<Output>,
  { secret = false, unfilledIn = () => [] }: ParseOptions = {},
): Output => {
  const source = readYaml(text, { secret });
  if (source.mistakes.length > 0) {
    const problems = source.mistakes.map(({ line, message }) => ({
      line,
      key: '',
      message: `is not valid YAML: ${message}`,
    }));
    throw new ConfigError(file, problems);
  }
  const allowed = allowedKeysIn(schema);
  const error = explainer(secret ? kindOf : describe, allowed);
  const result = schema.safeParse(source.content, { error, reportInput: true });
  const unfilled = unfilledIn(source.content);
  if (result.success && unfilled.length === 0) return deepFreeze(result.data);
  const keyOf = keyWriter(secret ? hideOddWords(allowed) : quoteOddWords);
  const own = unfilled.map(({ path, message }) => ({ line: source.lineOf(path), key: keyOf(path), message }));
  // The placeholder explains what else is wrong with such a text.
  const others = (result.error?.issues ?? [])
    .flatMap(issue => problemsOf(issue, allowed, source.lineOf, keyOf))
    .filter(({ key }) => !own.some(problem => problem.key === key));
  const problems = [...own, ...others];
  throw new ConfigError(
    file,
    problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)),
  );
};

type Show = (value: unknown) => string;

/** A value of a file with secrets. */
const kindOf: Show = value => {
  if (typeof value === 'object') return describe(value);
  return typeof value === 'string' ? 'text' : `a ${typeof value}`;
};

/** Messages for what zod finds by itself; our own checks bring theirs. */
const explainer =
  (show: Show, allowed: AllowedKeys) =>
  (issue: core.$ZodRawIssue): string | undefined => {
    switch (issue.code) {
      case 'invalid_type': {
        const { expected: type, input, path = [] } = issue;
        return (
          explainType(type, input, show) + (input === null ? '' : hintForType({ type, input, path }, allowed, show))
        );
      }
      case 'invalid_value':
        return `is ${show(issue.input)}, but must be one of: ${issue.values.join(', ')}`;
      case 'invalid_key':
        return issue.issues[0]?.message;
      case 'too_small':
        if (issue.origin === 'array') return 'is an empty list; add an entry or remove the key';
        if (issue.origin === 'string')
          return `needs at least ${issue.minimum} character${issue.minimum === 1 ? '' : 's'}`;
        return `${show(issue.input)} is too small; it must be at least ${issue.minimum}`;
      case 'too_big':
        if (issue.origin === 'string') return `is too long; it must have at most ${issue.maximum} characters`;
        return `${show(issue.input)} is too large; it must be at most ${issue.maximum}`;
      default:
        return undefined;
    }
  };

const TYPE_NAMES: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'a map of keys',
  record: 'a map of keys',
  string: 'text',
  int: 'a whole number',
};

const explainType = (type: string, input: unknown, show: Show): string => {
  const expected = TYPE_NAMES[type] ?? `a ${type}`;
  if (input === null) return `is empty; give it ${expected} or remove it`;
  return `is ${show(input)}, but must be ${expected}`;
};

const problemsOf = (
  issue: core.$ZodIssue,
  allowed: AllowedKeys,
  lineOf: (path: Path) => number | undefined,
  keyOf: (path: Path) => string,
): ConfigProblem[] => {
  if (issue.code !== 'unrecognized_keys') {
    return [{ line: lineOf(issue.path), key: keyOf(issue.path), message: issue.message }];
  }
  const keys = allowed(issue.path);
  return issue.keys.map(key => {
    const path = [...issue.path, key];
    const remedy = hintForSpace(key, keys) || `; use one of: ${keys.join(', ')}`;
    return { line: lineOf(path), key: keyOf(path), message: `is not known here${remedy}` };
  });
};

/** targets[0].role_arn */
const keyWriter =
  (word: (key: string, parent: Path) => string) =>
  (path: Path): string =>
    path
      .map((part, index) => {
        if (typeof part === 'number') return `[${part}]`;
        return `${index > 0 ? '.' : ''}${word(String(part), path.slice(0, index))}`;
      })
      .join('');

const PLAIN_WORD = /^[\w./-]+$/;

const quoteOddWords = (key: string): string => (PLAIN_WORD.test(key) ? key : describe(key));

/** Where a space is forgotten, a name and its secret make one key, and in {alice, secret} both are keys. */
const hideOddWords =
  (allowed: AllowedKeys) =>
  (key: string, parent: Path): string =>
    PLAIN_WORD.test(key) && allowed(parent).length > 0 ? key : '"…"';

/** The keys that a map at a path may have, as the schema says. */
const allowedKeysIn = (schema: z.ZodType): AllowedKeys => {
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

const deepFreeze = <Value>(value: Value): Value => {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
};
