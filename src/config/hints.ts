import type { Path } from './yaml-source.ts';

/** The keys that a map at a path may have; none where any key is allowed, or where there is no map. */
export type AllowedKeys = (path: Path) => readonly string[];

/** What a value of a wrong type should be instead, to go behind a message; empty where there is nothing to say. */
export const hintForType = (
  { type, input, path }: { readonly type: string; readonly input: unknown; readonly path: Path },
  allowed: AllowedKeys,
  show: (value: unknown) => string,
): string => {
  if (type === 'array') return hintForList(input, allowed([...path, 0]), show);
  if (type === 'object' || type === 'record') return hintForMap(input, allowed(path), typeof path.at(-1) === 'number');
  if (typeof input === 'object') return '';
  if (type === 'string') return '; put it in quotes';
  return typeof input === 'string' && /^[\d.]+$/.test(input) ? '; remove the quotes' : '';
};

const hintForList = (input: unknown, keysOfItems: readonly string[], show: (value: unknown) => string): string => {
  if (typeof input === 'object') return keysOfItems.length > 0 ? '; begin each entry with "- "' : '';
  const parts = partsOf(input);
  if (keysOfItems.length === 0) return `; write it like [${parts.map(part => show(part)).join(', ')}]`;
  const space = hintForSpace(`${input}`, keysOfItems);
  return space === '' ? `; write it like [${parts.map(part => entryFor(part, keysOfItems)).join(', ')}]` : space;
};

const hintForMap = (input: unknown, keys: readonly string[], isItem: boolean): string => {
  if (typeof input === 'object') return '';
  const space = hintForSpace(`${input}`, keys);
  return space === '' && isItem && keys.length > 0 ? `; write it like ${entryFor(`${input}`, keys)}` : space;
};

/** Names between commas, as the lists of other tools are written. Anything else is one value: patterns have commas in them. */
const partsOf = (input: unknown): readonly string[] =>
  /^[\w:/-]+(?:,\s*[\w:/-]+)+$/.test(`${input}`) ? `${input}`.split(/,\s*/) : [`${input}`];

/** What a value that stands alone can be, by its form. Other values are not repeated: they would be no better in a map. */
const FORMS: readonly (readonly [key: string, form: RegExp, write: (text: string) => string])[] = [
  ['account_id', /^\d{12}$/, text => JSON.stringify(text)],
  ['role_arn', /^arn:[\w:/+=,.@-]+$/, text => text],
  ['region', /^[a-z]{2}(?:-[a-z]+)+-\d$/, text => text],
];

const entryFor = (text: string, keys: readonly string[]): string => {
  const [key, , write] = FORMS.find(([name, form]) => keys.includes(name) && form.test(text)) ?? [];
  if (key !== undefined && write !== undefined) return `{ ${key}: ${write(text)} }`;
  return keys.includes('region') ? '{ region: eu-west-1 }' : `{ ${keys[0]}: … }`;
};

/** For `interval:60s` and `-region: eu-west-1`, which YAML takes for one word. Shows nothing but a key that is allowed. */
export const hintForSpace = (text: string, keys: readonly string[]): string => {
  const key = keys.find(name => text.startsWith(`${name}:`) && /^\S/.test(text.slice(name.length + 1)));
  if (key !== undefined) return `; put a space after "${key}:"`;
  return keys.some(name => text === `-${name}` || text.startsWith(`-${name}:`)) ? '; put a space after "-"' : '';
};
