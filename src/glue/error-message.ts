import type { RunErrors } from '../runs/history.ts';
import type { Run } from '../runs/run.ts';
import type { WireObject } from './wire.ts';

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
  let shown = beginningAndEnd(text, READ_CHARACTERS, READ_CHARACTERS);
  for (const [secret, instead] of SECRETS) shown = shown.replace(secret, instead);
  return copyOf(beginningAndEnd(shown.replace(/[\s\p{C}]+/gu, ' ').trim(), BEGINNING_CHARACTERS, END_CHARACTERS));
};

const beginningAndEnd = (text: string, beginning: number, end: number): string =>
  text.length > beginning + end ? `${text.slice(0, beginning)} ... ${text.slice(-end)}` : text;

/** A part of a text keeps the whole in memory; and the seam of two parts can be half a character. */
const copyOf = (text: string): string => Buffer.from(text).toString();

/**
 * Why runs have failed, by their ids: what AWS says, or else what their facts tell. `answered` are the objects that the runs were
 * read from, in the same order. A malformed message is none: it is not worth a run.
 */
export const errorsOf = <Facts>(
  runs: readonly Run<Facts>[],
  answered: readonly WireObject[],
  otherwise: (facts: Facts) => string | undefined = () => undefined,
): RunErrors => {
  const errors = new Map<string, () => string | undefined>();
  for (const [index, { id, verdict, facts }] of runs.entries()) {
    if (verdict !== 'failure') continue;
    const said = answered[index]?.ErrorMessage;
    const text = typeof said === 'string' ? copyOf(beginningAndEnd(said, READ_CHARACTERS, READ_CHARACTERS)) : '';
    errors.set(id, () => errorMessage(text) || otherwise(facts));
  }
  return errors;
};
