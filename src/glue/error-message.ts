import type { RunErrors } from '../runs/history.ts';
import { type Run, WAITING } from '../runs/run.ts';
import type { WireObject } from './fields.ts';

/** Of a longer message the beginning is kept, which names the error, and the end, where tracebacks say what happened. */
const BEGINNING_CHARACTERS = 240;
const END_CHARACTERS = 160;
/** Some messages hold all of a stack trace: only so much of its beginning and of its end is looked at. */
const READ_CHARACTERS = 500;

const SECRET_NAME =
  '(?:passw(?:or)?d|passphrase|pwd|secret|token|credential|api[-_]?key|access[-_]?key|private[-_]?key|authorization|signature)';
const HIDDEN = '***';

/** What users leave in messages by mistake. It is known by its name or its form; anything else cannot be told from a message. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  // password=x, "password": "x", option("password", "x"), Authorization: Bearer x
  [
    new RegExp(
      `(${SECRET_NAME}[\\w.-]{0,40}\\\\?["']?(?:\\s{0,3}[=:]\\s{0,3}|\\s{0,3},\\s{0,3}(?=["']))(?:Bearer |Basic )?)(?:\\\\?"[^"]*"|'[^']*'|[^\\s"'&,;)]+)`,
      'gi',
    ),
    `$1${HIDDEN}`,
  ],
  // --db_password x
  [new RegExp(`(--[\\w-]{0,40}?${SECRET_NAME}[\\w-]{0,40}\\s{1,3})\\S+`, 'gi'), `$1${HIDDEN}`],
  // jdbc:postgresql://user:password@host, jdbc:oracle:thin:user/password@host
  [/(:\/\/)[^\s/@]{1,200}@/g, `$1${HIDDEN}@`],
  [/(:thin:)[^\s@]{1,200}@/gi, `$1${HIDDEN}@`],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, HIDDEN],
];

/**
 * An ErrorMessage as people are shown it: on one line, cut to some 400 characters, without control characters and without what
 * looks like a secret.
 */
export const errorMessage = (text: string): string => {
  let shown = causeFirst(beginningAndEnd(text, READ_CHARACTERS, READ_CHARACTERS));
  for (const [secret, instead] of SECRETS) shown = shown.replace(secret, instead);
  return copyOf(beginningAndEnd(shown.replace(/[\s\p{C}]+/gu, ' ').trim(), BEGINNING_CHARACTERS, END_CHARACTERS));
};

/** How Glue begins many messages: `Error Category: IMPORT_ERROR; Failed Line Number: 12; ModuleNotFoundError: …`. */
const CATEGORY = /^\s*Error Category: ([\w -]{1,80});\s*((?:[A-Z][A-Za-z ]{1,40}: [\w.-]{1,80};\s*)*)(?=\S)/;

/** The cause first, then the category of the error and the line that failed. */
const causeFirst = (text: string): string => {
  const [prefix, category, others = ''] = CATEGORY.exec(text) ?? [];
  if (prefix === undefined || category === undefined) return text;
  const line = /Failed Line Number: (\d+)/.exec(others)?.[1];
  return `${text.slice(prefix.length).trimEnd()} (${category}${line === undefined ? '' : `, line ${line}`})`;
};

const beginningAndEnd = (text: string, beginning: number, end: number): string =>
  text.length > beginning + end ? `${text.slice(0, beginning)} ... ${text.slice(-end)}` : text;

/** A part of a text keeps the whole in memory; and the seam of two parts can be half a character. */
const copyOf = (text: string): string => Buffer.from(text).toString();

/**
 * Why runs have failed, were stopped or wait, by their ids: what AWS says, or else what the run tells. `answered` are the objects that the
 * runs were read from, in the same order. A malformed message is none: it is not worth a run.
 */
export const errorsOf = <Facts>(
  runs: readonly Run<Facts>[],
  answered: readonly WireObject[],
  otherwise: (run: Run<Facts>) => string | undefined = () => undefined,
): RunErrors => {
  const errors = new Map<string, () => string | undefined>();
  for (const [index, run] of runs.entries()) {
    const said = saidOf(run, answered[index]);
    if (said === undefined && (!run.ended || isFine(run))) continue;
    const text = said === undefined ? '' : copyOf(beginningAndEnd(said, READ_CHARACTERS, READ_CHARACTERS));
    errors.set(run.id, () => errorMessage(text) || otherwise(run));
  }
  return errors;
};

/** StateDetail is the reason why a run waits: https://docs.aws.amazon.com/glue/latest/webapi/API_JobRun.html */
const saidOf = (run: Run<unknown>, { ErrorMessage, StateDetail }: WireObject = {}): string | undefined => {
  if (!run.ended) return run.state === WAITING && typeof StateDetail === 'string' ? StateDetail : undefined;
  return !isFine(run) && typeof ErrorMessage === 'string' ? ErrorMessage : undefined;
};

const isFine = ({ verdict }: Run<unknown>): boolean => verdict !== 'failure' && verdict !== 'stopped';
