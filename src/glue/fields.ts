import { GlueError } from './reason.ts';

/** Replaces a value that this version does not know. The value itself is logged and counted, but never becomes a label. */
export const UNKNOWN = 'UNKNOWN';

/** A JSON object as AWS sent it, unchecked. */
export type WireObject = Readonly<Record<string, unknown>>;

export const isWireObject = (value: unknown): value is WireObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads the fields of one object of an answer. A malformed field throws an error with the operation and the field's name. */
export interface Fields {
  /** A number that is not negative, or undefined when the field is absent. */
  number(field: string, value: unknown): number | undefined;
  text(field: string, value: unknown): string | undefined;
  requiredText(field: string, value: unknown): string;
  /** Epoch seconds, to the millisecond. */
  time(field: string, value: unknown): number | undefined;
  /** A nested object; empty when the field is absent. */
  object(field: string, value: unknown): WireObject;
}

/** The latest date that JavaScript can represent: https://tc39.es/ecma262/#sec-time-values-and-time-range */
const LATEST_DATE_SECONDS = 8.64e12;

/**
 * Nothing else validates answers, so every field is checked here. A malformed field throws, unless `tolerate` is given: then it is
 * called, and the field counts as absent. A missing required field always throws.
 */
export const fieldsOf = (operation: string, tolerate?: () => void): Fields => {
  const malformed = (field: string, value: unknown): undefined => {
    const what = value === undefined ? 'missing' : `a malformed ${typeof value}`;
    if (tolerate === undefined || value === undefined) {
      throw new GlueError(operation, 'bad_response', `${field} is ${what}`, { scope: 'entity' });
    }
    tolerate();
    return undefined;
  };
  const text = (field: string, value: unknown): string | undefined => {
    if (value === undefined || value === null) return undefined;
    return typeof value === 'string' ? value : malformed(field, value);
  };
  return {
    number(field, value) {
      if (value === undefined || value === null) return undefined;
      return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : malformed(field, value);
    },
    text,
    requiredText(field, value) {
      return text(field, value) || malformed(field, undefined) || '';
    },
    time(field, value) {
      if (value === undefined || value === null) return undefined;
      const isDate = typeof value === 'number' && Math.abs(value) <= LATEST_DATE_SECONDS;
      return isDate ? Math.round(value * 1000) / 1000 : malformed(field, value);
    },
    object(field, value) {
      if (value === undefined || value === null) return {};
      return isWireObject(value) ? value : (malformed(field, value) ?? {});
    },
  };
};

/** The list of an answer. An answer without it, such as an empty body, is a failure and never an empty list. */
export const requiredList = (operation: string, field: string, list: unknown): readonly unknown[] => {
  if (!Array.isArray(list)) throw new GlueError(operation, 'bad_response', `${field} is missing`);
  return list;
};

/** A list of objects. */
export const requiredObjects = (operation: string, field: string, list: unknown): readonly WireObject[] => {
  const objects = requiredList(operation, field, list);
  if (!objects.every(isWireObject)) throw malformedItem(operation, field);
  return objects;
};

/** An object that the answer must contain. */
export const requiredObject = (operation: string, field: string, value: unknown): WireObject => {
  if (!isWireObject(value)) throw new GlueError(operation, 'bad_response', `${field} is missing`);
  return value;
};

/** A list of names. */
export const requiredNames = (operation: string, field: string, list: unknown): readonly string[] => {
  const names = requiredList(operation, field, list);
  if (!names.every(name => typeof name === 'string')) throw malformedItem(operation, field);
  return names;
};

const malformedItem = (operation: string, field: string): GlueError =>
  new GlueError(operation, 'bad_response', `${field} has a malformed item`, { scope: 'entity' });
