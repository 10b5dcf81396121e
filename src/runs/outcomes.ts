import { type Verdict, WAITING } from './run.ts';

/** How a run ended, as people are shown it. */
export interface ShownOutcome {
  /** In lower case: timed out. */
  readonly word: string;
  /** One character, for a row of many runs: T. */
  readonly sign: string;
}

/** What an outcome means; active as long as the run has not ended for good. */
export type OutcomeVerdict = Exclude<Verdict, 'undecided'> | 'active';

/** What people are shown of one run. */
export interface Outcome extends ShownOutcome {
  readonly verdict: OutcomeVerdict;
}

/** A state of AWS or a result of a total as people are shown it: ROLLED_BACK is rolled back, R. */
export const shownAs = (name: string): ShownOutcome => ({
  word: name.toLowerCase().replaceAll('_', ' '),
  sign: name.slice(0, 1).toUpperCase(),
});

/** Active runs have no other outcomes: their readings come in any order, and nothing says which of two active states is the later one. */
export const RUNNING_RUN: Outcome = { ...shownAs('RUNNING'), verdict: 'active' };
export const WAITING_RUN: Outcome = { ...shownAs(WAITING), verdict: 'active' };
/** Of a run in a state that this version does not know. */
export const UNKNOWN_RUN: Outcome = { ...shownAs('UNKNOWN'), verdict: 'other' };

/*
 * Ten thousand entities have two hundred thousand runs, so a run keeps its outcome as one character. Collectors give few different
 * outcomes, and codes are only valid in this process: they are neither saved nor exposed.
 */
const byCode = new Map<string, Outcome>();
const codes = new Map<string, string>();
/** For outcomes whose sign is taken: printable, and one byte each as long as there are less than 95. */
const FIRST_FREE_CODE = 0xa1;

/** The character that stands for an outcome in a list of runs: its sign, or another one where a different outcome has that sign. */
export const codeOf = ({ word, sign, verdict }: Outcome): string => {
  const key = `${verdict} ${sign} ${word}`;
  const known = codes.get(key);
  if (known !== undefined) return known;
  let code = sign.length === 1 ? sign : String.fromCharCode(FIRST_FREE_CODE);
  for (let next = FIRST_FREE_CODE; byCode.has(code); next += 1) code = String.fromCharCode(next);
  byCode.set(code, { word, sign, verdict });
  codes.set(key, code);
  return code;
};

/** The outcome that a character stands for. */
export const outcomeOf = (code: string): Outcome => byCode.get(code) ?? UNKNOWN_RUN;
