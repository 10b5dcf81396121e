import { z } from 'zod';

/** How the value of a key is checked, and shown. */
export interface KeyType<Value> {
  /** From what is written to the value. */
  readonly schema: z.ZodType<Value>;
  readonly is: (value: unknown) => value is Value;
  /** As it would be written; of a secret something else. */
  readonly render: (value: Value) => Scalar;
}

export type Scalar = string | number | boolean;

/** A key of a section: its name in the file, what it can be, and what it is where it is not written. */
export interface Key<Value> {
  readonly key: string;
  readonly type: KeyType<NonNullable<Value>>;
  readonly default: Value;
}

/** The keys of a section, in the order of messages and docs, by the names of their settings, which have their unit. */
export type KeyTable<Settings> = { readonly [Name in keyof Settings]: Key<Settings[Name]> };

/** What is written in a section, or in a target. */
export type Written = Readonly<Record<string, unknown>>;

type NameIn<Settings> = Extract<keyof Settings, string>;

const namesIn = <Settings extends object>(table: KeyTable<Settings>): readonly NameIn<Settings>[] => {
  const isName = (name: string): name is NameIn<Settings> => name in table;
  return Object.keys(table).filter(isName);
};

/** The keys as a schema knows them; each can be left out. */
export const shapeOf = <Settings extends object>(
  table: KeyTable<Settings>,
): Readonly<Record<string, z.ZodOptional<z.ZodType>>> =>
  Object.fromEntries(namesIn(table).map(name => [table[name].key, table[name].type.schema.optional()]));

/** The schema of a section that has these keys only. */
export const sectionOf = <Settings extends object>(table: KeyTable<Settings>) => z.strictObject(shapeOf(table));

/** The settings where nothing is written. */
export const defaultsOf = <Settings extends object>(table: KeyTable<Settings>): Settings => {
  const settings: Partial<Settings> = {};
  for (const name of namesIn(table)) settings[name] = table[name].default;
  const isComplete = (some: Partial<Settings>): some is Settings => namesIn(table).every(name => name in some);
  if (!isComplete(settings)) throw new Error('a key has no default');
  return settings;
};

/** The settings that are written; of what is not written, and of what failed its check, those of `otherwise`. */
export const settingsOf = <Settings extends object>(
  table: KeyTable<Settings>,
  written: Written,
  otherwise: Settings = defaultsOf(table),
): Settings => {
  const own: Partial<Settings> = {};
  const take = <Name extends NameIn<Settings>>(name: Name): void => {
    const { key, type }: Key<Settings[Name]> = table[name];
    const value = written[key];
    if (type.is(value)) own[name] = value;
  };
  namesIn(table).forEach(take);
  return { ...otherwise, ...own };
};

/** The settings as they would be written; undefined for what cannot be. */
export const renderSettings = <Settings extends object>(
  table: KeyTable<Settings>,
  settings: Settings,
): Readonly<Record<string, Scalar | undefined>> => {
  const render = <Name extends NameIn<Settings>>(name: Name): readonly [string, Scalar | undefined] => {
    const { key, type }: Key<Settings[Name]> = table[name];
    const value = settings[name];
    return [key, type.is(value) ? type.render(value) : undefined];
  };
  return Object.fromEntries(namesIn(table).map(render));
};
