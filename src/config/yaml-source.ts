import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Pair,
  Parser,
  parseDocument,
  visit,
  type YAMLMap,
  type YAMLParseError,
} from 'yaml';

/** Keys and indexes from the top of a file. */
export type Path = readonly PropertyKey[];

/** A YAML file as plain data that remembers where everything was written. */
export interface YamlSource {
  /** An empty file is an empty map. */
  readonly content: unknown;
  /** What is no YAML; there is no content then. Lines are 1-based. */
  readonly mistakes: readonly { readonly line: number | undefined; readonly message: string }[];
  /** Where to look for what is at a path, through aliases and merge keys: its line, or that of the nearest thing above it. */
  lineOf(path: Path): number | undefined;
}

/** Far more than a configuration has, and far too few for the parser to run out of stack, which can crash Node. */
const MAX_DEPTH = 50;

/** Enough to reuse something in every target of a large file, and far too few for aliases of aliases to eat the memory. */
const MAX_ALIASES = 1000;

export interface YamlOptions {
  /** Messages quote nothing of the text. */
  readonly secret?: boolean;
}

/** Reads YAML 1.2 with merge keys. Never throws. */
export const readYaml = (text: string, { secret = false }: YamlOptions = {}): YamlSource => {
  const tooDeep = lineOfDepth(text, MAX_DEPTH);
  if (tooDeep !== undefined) {
    const message = `more than ${MAX_DEPTH} lists and maps are nested in each other; write fewer`;
    return { content: undefined, mistakes: [{ line: tooDeep, message }], lineOf: () => undefined };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, stringKeys: true, prettyErrors: false });
  const lineAt = (offset: number): number => lines.linePos(offset).line;
  // Where the parser has lost its way, it stumbles over everything that follows.
  const errors = document.errors.filter(({ code }, index) => index === 0 || code !== 'UNEXPECTED_TOKEN');
  const syntax = [...errors, ...document.warnings].map(error => ({
    line: lineAt(error.pos[0]),
    message: secret ? explainWithoutQuoting(error) : explain(error, text),
  }));
  const lineOf = (path: Path): number | undefined => {
    const offset = offsetOf(document, path);
    return offset === undefined ? undefined : lineAt(offset);
  };
  if (syntax.length > 0) return { content: undefined, mistakes: secret ? firstOfEachLine(syntax) : syntax, lineOf };
  try {
    return { content: document.toJS({ maxAliasCount: MAX_ALIASES }) ?? {}, mistakes: [], lineOf };
  } catch {
    const broken = brokenAliases(document).map(({ offset, message }) => ({
      line: lineAt(offset),
      message: secret ? UNQUOTED.BAD_ALIAS : message,
    }));
    const bomb = { line: undefined, message: `aliases stand for more than ${MAX_ALIASES} copies; write fewer` };
    return { content: undefined, mistakes: broken.length > 0 ? broken : [bomb], lineOf };
  }
};

/** The first line with more than so many lists and maps around it. Unlike parsing, this takes no stack. */
const lineOfDepth = (text: string, depth: number): number | undefined => {
  const lines = new LineCounter();
  lines.addNewLine(0);
  const parser = new Parser(lines.addNewLine);
  for (const lexeme of new Lexer().lex(text)) {
    for (const _ of parser.next(lexeme));
    if (parser.stack.length > depth) return lines.linePos(parser.offset).line;
  }
  return undefined;
};

/** The parser's message, with what to do where it does not say. */
const explain = ({ code, message, pos }: Pick<YAMLParseError, 'code' | 'message' | 'pos'>, text: string): string => {
  switch (code) {
    case 'DUPLICATE_KEY':
      return `the key ${/[^\s:,{}]+/.exec(text.slice(pos[0]))?.[0] ?? ''} is there twice; remove one`;
    case 'BAD_INDENT':
    case 'MULTILINE_IMPLICIT_KEY':
      return missingSpaceAt(text, pos[0]) ?? message;
    case 'MISSING_CHAR':
      return (
        missingSpaceAt(text, pos[0]) ??
        message.replace(/^Missing closing (["'])quote$/, 'a quote ($1) before this is not closed')
      );
    case 'MULTIPLE_DOCS':
      return 'it holds more than one document; remove all but one';
    case 'TAB_AS_INDENT':
      return `${message}; use spaces`;
    case 'TAG_RESOLVE_FAILED':
      return `${message}; remove the tag`;
    case 'NON_STRING_KEY':
      return 'a key is a list or a map; use a word';
    default:
      return message;
  }
};

/** `interval:60s` and `-region: eu-west-1` are one word, to which the next line does not fit. */
const missingSpaceAt = (text: string, offset: number): string | undefined => {
  const [, word] = /^ *(-(?=[\w"'])|[\w.-]+:(?=[^\s:]))/.exec(text.slice(offset)) ?? [];
  return word === undefined ? undefined : `put a space after "${word}"`;
};

const UNQUOTED = {
  BAD_ALIAS: 'what begins with * or & is an alias or its anchor; put a value that begins so in quotes',
  DUPLICATE_KEY: 'a key is there twice; remove one',
  MULTIPLE_DOCS: 'it holds more than one document; remove all but one',
  TAB_AS_INDENT: 'Tabs are not allowed as indentation; use spaces',
  TAG_RESOLVE_FAILED: 'what begins with ! is a tag; put a value that begins so in quotes',
};

/** Passwords and keys end up in the parser's messages where a quote, a space or a line's indentation is missing. */
const explainWithoutQuoting = ({ code }: Pick<YAMLParseError, 'code'>): string =>
  Object.entries(UNQUOTED).find(([known]) => known === code)?.[1] ??
  'something is out of place; look for a missing quote, colon, space or indentation';

/** Without their quotes, several mistakes of a line read the same. */
const firstOfEachLine = <Mistake extends { readonly line: number | undefined }>(mistakes: readonly Mistake[]) =>
  mistakes.filter(({ line }, index) => mistakes.findIndex(other => other.line === line) === index);

/** Aliases of nothing and merge keys of what cannot be merged. */
const brokenAliases = (document: Document): { readonly offset: number; readonly message: string }[] => {
  const found: { readonly offset: number; readonly message: string }[] = [];
  visit(document, {
    Alias(_key, node) {
      if (node.resolve(document) !== undefined) return;
      const message = `*${node.source} stands for nothing; set the anchor &${node.source} before it`;
      found.push({ offset: node.range?.[0] ?? 0, message });
    },
    Pair(_key, pair) {
      if (!isMergeKey(pair) || mergedMaps(document, pair.value).every(map => isMap(map) || isAlias(map))) return;
      found.push({ offset: startOf(pair.key) ?? 0, message: '<< merges maps only; give it an alias of a map' });
    },
  });
  return found;
};

const startOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined);

const isMergeKey = ({ key }: Pair<unknown, unknown>): boolean =>
  isScalar(key) && key.type === 'PLAIN' && (key.value === '<<' || typeof key.value === 'symbol');

/** What stands where an alias is; an alias of nothing stands for itself. */
const resolved = (document: Document, node: unknown): unknown =>
  isAlias(node) ? (node.resolve(document) ?? node) : node;

const mergedMaps = (document: Document, value: unknown): unknown[] => {
  const source = resolved(document, value);
  return isSeq(source) ? source.items.map(item => resolved(document, item)) : [source];
};

/** The pair that gives a map its key: the map's own, or the first that it merges. */
const pairOf = (document: Document, map: YAMLMap, key: PropertyKey): Pair<unknown, unknown> | undefined => {
  const own = map.items.find(pair => isScalar(pair.key) && !isMergeKey(pair) && `${pair.key.value}` === String(key));
  if (own !== undefined) return own;
  for (const pair of map.items) {
    if (!isMergeKey(pair)) continue;
    for (const merged of mergedMaps(document, pair.value)) {
      const found = isMap(merged) ? pairOf(document, merged, key) : undefined;
      if (found !== undefined) return found;
    }
  }
  return undefined;
};

const offsetOf = (document: Document, path: Path): number | undefined => {
  let node: unknown = document.contents;
  let offset = startOf(node);
  for (const part of path) {
    const collection = resolved(document, node);
    if (isMap(collection)) {
      const pair = pairOf(document, collection, part);
      if (pair === undefined) break;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(collection) && typeof part === 'number') {
      node = collection.items[part];
      offset = startOf(node) ?? offset;
    } else break;
  }
  return offset;
};
