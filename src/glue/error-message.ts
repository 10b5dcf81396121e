/** Longer messages keep their beginning, which names the error, and their end, where tracebacks say what happened. */
const BEGINNING_CHARACTERS = 240;
const END_CHARACTERS = 160;
/** Some messages contain a whole stack trace: only this much of the beginning and of the end is read. */
const READ_CHARACTERS = 500;

const SECRET_NAME =
  '(?:passw(?:or)?d|passphrase|pwd|secret|token|credential|api[-_]?key|access[-_]?key|private[-_]?key|authorization|signature)';
const HIDDEN = '***';

/** Secrets that users leave in messages by mistake, recognised by their names or their form. */
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

/** An error message for display: one line of about 400 characters, without control characters and without likely secrets. */
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

/** As much of a long message as errorMessage reads, as a copy that does not keep the whole message in memory. */
export const messageExcerpt = (text: string): string => copyOf(beginningAndEnd(text, READ_CHARACTERS, READ_CHARACTERS));

/** A part of a string keeps the whole string in memory. A cut can also leave half a surrogate pair, which this replaces. */
const copyOf = (text: string): string => Buffer.from(text).toString();
