import type { Glue } from './client.ts';
import { GlueError } from './reason.ts';

/** A value that replaces one this version does not know; the value itself is logged and counted, never a label. */
export const UNKNOWN = 'UNKNOWN';

/** Fields whose values AWS may extend at any time, and dates that nobody can know yet. */
export const UNKNOWN_VALUE_FIELDS = ['job_run_state', 'workflow_run_status', 'worker_type', 'future_date'] as const;
export type UnknownValueField = (typeof UNKNOWN_VALUE_FIELDS)[number];

/** Reads the fields of one object of an answer; what is malformed fails with the operation and the field's name. */
export interface Fields {
  /** A number that is not negative, or undefined when the field is absent. */
  number(field: string, value: unknown): number | undefined;
  text(field: string, value: unknown): string | undefined;
  requiredText(field: string, value: unknown): string;
  /** Epoch seconds. */
  time(field: string, value: unknown): number | undefined;
}

/**
 * The SDK's types are a promise that an answer need not keep: everything is checked here, once. What is malformed throws, or
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
      return value instanceof Date && !Number.isNaN(value.getTime()) ? value.getTime() / 1000 : malformed(field, value);
    },
  };
};

/** How far AWS's clocks may be apart. */
const FUTURE_TOLERANCE_SECONDS = 300;

/**
 * A date that can be true. One that lies in the future says nothing, and would stay the newest of all until then: it counts as
 * absent, which is told.
 */
export const pastDate = (glue: Glue, field: string, date: number | undefined): number | undefined => {
  if (date === undefined || date <= glue.now() + FUTURE_TOLERANCE_SECONDS) return date;
  glue.observer.unknownValue('future_date', field);
  return undefined;
};

/** The list of an answer. An answer without it, such as an empty body, is a failure and never "there are none". */
export const requiredList = <Item>(
  operation: string,
  field: string,
  list: readonly Item[] | undefined,
): readonly Item[] => {
  if (!Array.isArray(list)) throw new GlueError(operation, 'bad_response', `${field} is missing`);
  return list;
};

/** A token to go on with; AWS ends a listing with none or an empty one. */
export const nextTokenOf = (token: string | undefined): string | undefined => (token === '' ? undefined : token);

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
    nextToken = nextTokenOf(answer.nextToken);
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
