import type { CompletedRun, CountedFailure, FollowedRun, Ledger, ProvisionalRun } from './ledger.ts';
import { type Run, VERDICTS, type Verdict } from './run.ts';

/*
 * Whether a value that was JSON once is what it was saved as. JSON has no undefined: a field that may be undefined may be
 * missing.
 */

/** A test of one type. */
export type Is<Type> = (value: unknown) => value is Type;

/** The type of the values that pass a test: a shape that is saved is written once, as its test. */
export type Stored<Test> = Test extends Is<infer Type> ? Readonly<Type> : never;

type Fields = Readonly<Record<string, unknown>>;

export const isText: Is<string> = value => typeof value === 'string';
export const isNumber: Is<number> = value => typeof value === 'number';
const isBoolean: Is<boolean> = value => typeof value === 'boolean';

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value that may be missing. */
export const optional =
  <Type>(is: Is<Type>): Is<Type | undefined> =>
  (value): value is Type | undefined =>
    value === undefined || is(value);

/** One of some texts. */
export const oneOf =
  <Text extends string>(texts: readonly Text[]): Is<Text> =>
  (value): value is Text =>
    texts.some(text => text === value);

/** An object whose fields pass their tests; it may have others beside them. */
export const objectOf =
  <Type extends object>(tests: { readonly [Name in keyof Type]-?: Is<Type[Name]> }): Is<Type> =>
  (value): value is Type => {
    if (!isObject(value)) return false;
    return Object.entries<Is<unknown>>(tests).every(([name, is]) => is(value[name]));
  };

/** Values of one type under any keys. */
const recordOf =
  <Type>(is: Is<Type>): Is<Readonly<Record<string, Type>>> =>
  (value): value is Readonly<Record<string, Type>> =>
    isObject(value) && Object.values(value).every(is);

const isNumbers: Is<readonly number[]> = (value): value is readonly number[] =>
  Array.isArray(value) && value.every(isNumber);

const isNumberOrNull: Is<number | null> = value => value === null || isNumber(value);

const isFollowedRun = objectOf<FollowedRun>({
  state: isText,
  startedAt: optional(isNumber),
  misses: isNumber,
  missingSince: optional(isNumber),
  settledBefore: optional(isNumber),
  waitingAt: optional(isNumber),
  attempt: optional(isNumber),
  dpus: optional(isNumber),
});

const isVerdict: Is<Verdict> = oneOf(VERDICTS);

/** A ledger whose runs have facts that pass a test. */
export const ledgerOf = <Facts>(isFacts: Is<Facts>): Is<Ledger<Facts>> => {
  const isRun = objectOf<Run<Facts>>({
    id: isText,
    state: isText,
    ended: isBoolean,
    verdict: isVerdict,
    startedAt: optional(isNumber),
    modifiedAt: optional(isNumber),
    completedAt: optional(isNumber),
    isProvisional: optional(isBoolean),
    facts: isFacts,
  });
  return objectOf<Ledger<Facts>>({
    totals: recordOf(isNumber),
    active: recordOf(isFollowedRun),
    newest: optional(isRun),
    lastCompleted: optional(objectOf<CompletedRun<Facts>>({ run: isRun, completedAt: isNumber })),
    lastSuccessAt: optional(isNumber),
    lastFailureAt: optional(isNumber),
    countedFailures: optional(recordOf(objectOf<CountedFailure>({ id: isText, completedAt: isNumber }))),
    horizon: optional(isNumber),
    settling: recordOf(isNumberOrNull),
    newestFirst: isBoolean,
    starts: optional(isNumbers),
    provisional: optional(
      recordOf(
        objectOf<ProvisionalRun<Facts>>({
          run: isRun,
          dueAt: isNumber,
          counts: isBoolean,
          counted: recordOf(isNumber),
        }),
      ),
    ),
    createdAt: optional(isNumber),
    judged: optional(recordOf(isVerdict)),
  });
};
