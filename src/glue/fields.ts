import { isInPast } from '../runs/run.ts';
import type { Glue } from './glue.ts';
import { GlueError } from './reason.ts';

/** A value that replaces one this version does not know; the value itself is logged and counted, never a label. */
export const UNKNOWN = 'UNKNOWN';

/** Fields whose values AWS may extend at any time, and dates that nobody can know yet. */
const UNKNOWN_VALUE_FIELDS = ['job_run_state', 'workflow_run_status', 'worker_type', 'future_date'] as const;
export type UnknownValueField = (typeof UNKNOWN_VALUE_FIELDS)[number];

/** A JSON object as it came, of which nothing is known. */
export type WireObject = Readonly<Record<string, unknown>>;

export const isWireObject = (value: unknown): value is WireObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads the fields of one object of an answer; what is malformed fails with the operation and the field's name. */
export interface Fields {
  /** A number that is not negative, or undefined when the field is absent. */
  number(field: string, value: unknown): number | undefined;
  text(field: string, value: unknown): string | undefined;
  requiredText(field: string, value: unknown): string;
  /** Epoch seconds, to the millisecond. */
  time(field: string, value: unknown): number | undefined;
  /** An object within; empty when the field is absent. */
  object(field: string, value: unknown): WireObject;
}

/** As far as dates go: https://tc39.es/ecma262/#sec-time-values-and-time-range */
const LATEST_DATE_SECONDS = 8.64e12;

/**
 * Answers come as they are, so everything is checked here, once. What is malformed throws, or
 * counts as absent where `tolerate` is given, which is told; only what is required throws all the same.
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

/**
 * Reads dates as AWS gave them. One of the future, by the clock and by the answer's own Date, is reported, once it is sure that it is
 * not the clock that is wrong.
 */
export const datesOf = (glue: Glue, read: Fields, answeredAt: number | undefined) => {
  const now = glue.isTimeConfirmed() ? Math.max(glue.now(), answeredAt ?? 0) : Number.POSITIVE_INFINITY;
  return (field: string, value: unknown): number | undefined => {
    const date = read.time(field, value);
    if (date !== undefined && !isInPast(date, now)) glue.observer.unknownValue('future_date', field);
    return date;
  };
};

/** The list of an answer. An answer without it, such as an empty body, is a failure and never "there are none". */
export const requiredList = (operation: string, field: string, list: unknown): readonly unknown[] => {
  if (!Array.isArray(list)) throw new GlueError(operation, 'bad_response', `${field} is missing`);
  return list;
};

/** The same, of objects. */
export const requiredObjects = (operation: string, field: string, list: unknown): readonly WireObject[] => {
  const objects = requiredList(operation, field, list);
  if (!objects.every(isWireObject)) throw malformedItem(operation, field);
  return objects;
};

/** An object that an answer is about. */
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

/** A token to go on with; AWS ends a listing with none or an empty one. */
export const nextTokenOf = (operation: string, answer: WireObject): string | undefined =>
  fieldsOf(operation).text('NextToken', answer.NextToken) || undefined;

/** More pages than any account has: a listing that goes on beyond is not one. */
const MAX_LIST_PAGES = 10_000;

/** Reads all pages of a listing. A token that comes round again is a failure: what was read so far is not everything. */
export const allPages = async <Item>(
  glue: Glue,
  operation: string,
  page: (nextToken: string | undefined) => Promise<{ items: readonly Item[]; nextToken: string | undefined }>,
): Promise<readonly Item[]> => {
  const items: Item[] = [];
  const seen = new Set<string>();
  let nextToken: string | undefined;
  do {
    const answer = await page(nextToken);
    items.push(...answer.items);
    nextToken = answer.nextToken;
    if (nextToken === undefined) return items;
    if (seen.has(nextToken)) throw endless(glue, operation, 'its page token came round again');
    seen.add(nextToken);
  } while (seen.size < MAX_LIST_PAGES);
  throw endless(glue, operation, `it goes on after ${MAX_LIST_PAGES} pages`);
};

/** Found out after the call has succeeded, so it is reported here. */
const endless = (glue: Glue, operation: string, message: string): GlueError => {
  glue.observer.failed(operation, 'bad_response');
  return new GlueError(operation, 'bad_response', message);
};
