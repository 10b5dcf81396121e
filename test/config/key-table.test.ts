import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  defaultsOf,
  type KeyTable,
  type KeyType,
  renderSettings,
  sectionOf,
  settingsOf,
} from '../../src/config/key-table.ts';
import { AWS_KEYS, POLL_KEYS, SERIES_KEYS } from '../../src/config/keys.ts';

interface Settings {
  readonly sizeMetres: number;
  readonly name: string | undefined;
}

const metres: KeyType<number> = {
  schema: z.string().transform(text => Number.parseFloat(text)),
  is: (value): value is number => typeof value === 'number',
  render: value => `${value}m`,
};
const text: KeyType<string> = {
  schema: z.string(),
  is: (value): value is string => typeof value === 'string',
  render: () => '<secret>',
};
const table: KeyTable<Settings> = {
  sizeMetres: { key: 'size', type: metres, default: 3 },
  name: { key: 'name', type: text, default: undefined },
};

describe('a table of keys', () => {
  it('makes a section of keys that can be left out, and of no others', () => {
    expect(sectionOf(table).parse({ size: '4m' })).toEqual({ size: 4 });
    expect(sectionOf(table).safeParse({ size: '4m', sizeMetres: 4 }).success).toBe(false);
  });

  it('gives what is written, else what is inherited, else the defaults', () => {
    expect(defaultsOf(table)).toEqual({ sizeMetres: 3, name: undefined });
    expect(settingsOf(table, { size: 4 })).toEqual({ sizeMetres: 4, name: undefined });
    expect(settingsOf(table, { name: 'own' }, { sizeMetres: 5, name: 'inherited' })).toEqual({
      sizeMetres: 5,
      name: 'own',
    });
  });

  it('ignores values that failed their check', () => {
    expect(settingsOf(table, { size: 'large', name: null })).toEqual({ sizeMetres: 3, name: undefined });
  });

  it('renders settings as they would be written', () => {
    expect(renderSettings(table, { sizeMetres: 4, name: 'x' })).toEqual({ size: '4m', name: '<secret>' });
    expect(renderSettings(table, { sizeMetres: 4, name: undefined })).toEqual({ size: '4m', name: undefined });
  });
});

describe('the defaults of the sections', () => {
  it('pass their own checks when they are written as they are rendered', () => {
    const written = <Values extends object>(keys: KeyTable<Values>) =>
      settingsOf(keys, sectionOf(keys).parse(renderSettings(keys, defaultsOf(keys))));
    expect(written(POLL_KEYS)).toEqual(defaultsOf(POLL_KEYS));
    expect(written(AWS_KEYS)).toEqual(defaultsOf(AWS_KEYS));
    expect(written(SERIES_KEYS)).toEqual(defaultsOf(SERIES_KEYS));
  });
});
