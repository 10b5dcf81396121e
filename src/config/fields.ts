import { z } from 'zod';
import { describe, shorten } from './describe.ts';
import { parseDuration } from './duration.ts';
import { compilePattern, type GivenFilter } from './filter.ts';
import { NO_ROLE, ROLE_ARN } from './role-arn.ts';

/** Timers overflow at 24.8 days and fire at once; nothing here makes sense beyond a week. */
const LONGEST_DURATION = '7d';

const secondsOf = (text: string): number => parseDuration(text) ?? Number.NaN;

/** A duration in seconds, no shorter than a minimum written like one. */
export const duration = (minimum: string) =>
  z
    .string({
      error: ({ input }) =>
        input === null
          ? 'is empty; write it like 30s, 5m or 1h30m, or remove it'
          : `is ${describe(input)}, but must be a duration; write it like 30s, 5m or 1h30m`,
    })
    .transform((text, context) => {
      const seconds = parseDuration(text);
      if (seconds === undefined) {
        context.addIssue(`${describe(text)} is not a duration; write it like 30s, 5m or 1h30m`);
      } else if (seconds < secondsOf(minimum)) {
        context.addIssue(`${describe(text)} is too short; it must be at least ${minimum}`);
      } else if (seconds > secondsOf(LONGEST_DURATION)) {
        context.addIssue(`${describe(text)} is too long; it must be at most ${LONGEST_DURATION}`);
      } else return seconds;
      return z.NEVER;
    })
    // For docs/configuration.md.
    .meta({ duration: { atLeast: minimum, atMost: LONGEST_DURATION } });

export const pattern = z.string().superRefine((text, context) => {
  try {
    compilePattern(text);
  } catch (error) {
    const why = shorten(error instanceof Error ? error.message.replace('error parsing regexp: ', '') : `${error}`);
    const remark = /\(\?[=!<]|\\\d/.test(text) ? '; look-around and back-references do not exist there' : '';
    context.addIssue(`${describe(text)} is not a regular expression in RE2 syntax: ${why}${remark}`);
  }
});

/** A text of a form; the remedy says what the form is. */
export const matching = (form: RegExp, remedy: string) =>
  z.string().regex(form, { error: ({ input }) => `${describe(input)} ${remedy}` });

export const REGION = matching(/^[a-z0-9-]+$/, 'is not a region; write it like eu-west-1');
export const ACCOUNT_ID = matching(/^\d{12}$/, 'is not an account id; it has 12 digits');
export const PROFILE = matching(
  /^[\w@+.%:/-]+$/,
  'is not the name of a profile of the shared AWS files; write it like production',
);
export const ROLE = matching(
  new RegExp(`${ROLE_ARN.source}|^${NO_ROLE}$`),
  'is not a role; write it like arn:aws:iam::111122223333:role/glue-exporter, or {account_id} in the place of the account',
);

/**
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 * It lets somebody in, so that messages do not show it.
 */
export const externalId = z
  .string({
    error: ({ code, input }) =>
      code === 'invalid_type' && input !== null ? 'must be text; put it in quotes' : undefined,
  })
  .regex(/^[\w+=,.@:/-]*$/, 'is not an external id; use letters, digits and +=,.@:/-_ only')
  .min(2)
  .max(1224);

/** An http or https URL. Messages do not show its user and password. */
export const url = z.string().refine(text => /^https?:\/\/[^/]/.test(text) && URL.canParse(text), {
  error: ({ input }) =>
    `${describe(`${input}`.replace(/[^/]*@/, '…@'))} is not a URL; write it like https://HOST or http://HOST:PORT`,
});

/** The lock in the folder is a socket, and the addresses of sockets are short. */
const LONGEST_STATE_PATH_BYTES = 95;

/** A folder that has room for the lock. */
export const statePath = z.string().superRefine((text, context) => {
  if (text === '') context.addIssue('is empty; name a folder, or remove it to keep everything in memory');
  if (text.includes('\0')) context.addIssue('has a NUL character, which no path can have');
  if (Buffer.byteLength(text) > LONGEST_STATE_PATH_BYTES) {
    context.addIssue(`is longer than ${LONGEST_STATE_PATH_BYTES} bytes; choose a shorter path`);
  }
});

/** A name for a constant label that is not taken. */
export const labelName = (taken: ReadonlySet<string>) =>
  z.string().superRefine((name, context) => {
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) {
      context.addIssue('is not a label name; use letters, digits and _, and no digit first');
    } else if (name.startsWith('__')) {
      context.addIssue('is reserved: label names that begin with __ belong to Prometheus; choose another');
    } else if (taken.has(name))
      context.addIssue('is a label that the exporter or Prometheus sets; choose another name');
  });

const patterns = { include: z.array(pattern).optional(), exclude: z.array(pattern).optional() };
const tags = z.record(z.string().min(1), z.string());

/** What a filter may say; what it leaves out is inherited, or everything. */
export const filter = (tagFilter: boolean): z.ZodType<GivenFilter> =>
  z.strictObject(tagFilter ? { ...patterns, tags: tags.optional() } : patterns);

/** A list, not empty, that names nothing twice. */
export const listOf = (item: z.ZodType<string>) =>
  z
    .array(item)
    .min(1)
    .superRefine((given, context) => {
      given.forEach((name, index) => {
        if (given.indexOf(name) === index) return;
        context.addIssue({ code: 'custom', path: [index], message: `${describe(name)} is there twice; remove one` });
      });
    }, evenAfterMistakes(Array.isArray));

export const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * For checks of several keys: they run although single keys are wrong, so that all mistakes are reported together. What they are
 * given may hold anything then, whatever its type says.
 */
export const evenAfterMistakes = (isRightKind: (value: unknown) => boolean) => ({
  when: ({ value }: { readonly value: unknown }) => isRightKind(value),
});
