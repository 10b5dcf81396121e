import { z } from 'zod';
import type { Config, KnownNames, Target } from './config.ts';
import { describe } from './describe.ts';
import { parseDuration } from './duration.ts';
import { compilePattern, EVERYTHING, type Filter } from './filter.ts';

/** Timers overflow at 24.8 days and fire at once; nothing here makes sense beyond a week. */
const LONGEST_DURATION = '7d';

const secondsOf = (text: string): number => parseDuration(text) ?? Number.NaN;

const duration = (minimum: string) =>
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
    });

const pattern = z.string().superRefine((text, context) => {
  try {
    compilePattern(text);
  } catch (error) {
    const why = error instanceof Error ? error.message.replace('error parsing regexp: ', '') : `${error}`;
    const remark = /\(\?[=!<]|\\\d/.test(text) ? '; look-around and back-references do not exist there' : '';
    context.addIssue(`${describe(text)} is not a regular expression in RE2 syntax: ${why}${remark}`);
  }
});

const matching = (form: RegExp, remedy: string) =>
  z.string().regex(form, { error: ({ input }) => `${describe(input)} ${remedy}` });

const url = z.string().refine(text => /^https?:\/\/[^/]/.test(text) && URL.canParse(text), {
  error: ({ input }) =>
    `${describe(`${input}`.replace(/[^/]*@/, '…@'))} is not a URL; write it like https://HOST or http://HOST:PORT`,
});

/** The lock in the folder is a socket, and the addresses of sockets are short. */
const LONGEST_STATE_PATH_BYTES = 95;

const statePath = z.string().superRefine((text, context) => {
  if (text === '') context.addIssue('is empty; name a folder, or remove it to keep everything in memory');
  if (text.includes('\0')) context.addIssue('has a NUL character, which no path can have');
  if (Buffer.byteLength(text) > LONGEST_STATE_PATH_BYTES) {
    context.addIssue(`is longer than ${LONGEST_STATE_PATH_BYTES} bytes; choose a shorter path`);
  }
});

const labelName = (taken: ReadonlySet<string>) =>
  z.string().superRefine((name, context) => {
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) {
      context.addIssue('is not a label name; use letters, digits and _, and no digit first');
    } else if (name.startsWith('__')) {
      context.addIssue('is reserved: label names that begin with __ belong to Prometheus; choose another');
    } else if (taken.has(name))
      context.addIssue('is a label that the exporter or Prometheus sets; choose another name');
  });

const patterns = { include: z.array(pattern).default([]), exclude: z.array(pattern).default([]) };
const tags = z.record(z.string().min(1), z.string());

const filter = (tagFilter: boolean): z.ZodType<Filter> =>
  z.strictObject(tagFilter ? { ...patterns, tags: tags.optional() } : patterns);

const ROLE_ARN = /^arn:aws[a-z-]*:iam::(\d{12}):role\/\S+$/;

const targetFields = (known: KnownNames) => ({
  region: matching(/^[a-z0-9-]+$/, 'is not a region; write it like eu-west-1').optional(),
  role_arn: matching(ROLE_ARN, 'is not a role; write it like arn:aws:iam::111122223333:role/glue-exporter').optional(),
  // https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
  // It lets somebody in, so that messages do not show it.
  external_id: z
    .string({
      error: ({ code, input }) =>
        code === 'invalid_type' && input !== null ? 'must be text; put it in quotes' : undefined,
    })
    .regex(/^[\w+=,.@:/-]*$/, 'is not an external id; use letters, digits and +=,.@:/-_ only')
    .min(2)
    .max(1224)
    .optional(),
  account_id: matching(/^\d{12}$/, 'is not an account id; it has 12 digits').optional(),
  endpoint: url.optional(),
  sts_endpoint: url.optional(),
  labels: z.record(labelName(known.labels), z.string()).default({}),
});

const filtersOf = (known: KnownNames) =>
  z.object(
    Object.fromEntries(known.collectors.map(({ name, tagFilter }) => [name, filter(tagFilter).default(EVERYTHING)])),
  );

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * For checks of several keys: they run although single keys are wrong, so that all mistakes are told at once. What they are
 * given may hold anything then, whatever its type says.
 */
const evenAfterMistakes = (isRightKind: (value: unknown) => boolean) => ({
  when: ({ value }: { readonly value: unknown }) => isRightKind(value),
});

const target = (known: KnownNames) =>
  z.strictObject({ ...targetFields(known), ...filtersOf(known).shape }).superRefine((given, context) => {
    const issue = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message });
    if (given.external_id !== undefined && given.role_arn === undefined) {
      issue('external_id', 'means nothing without role_arn; add the role or remove this');
    }
    const account = accountOfRole(given.role_arn);
    if (account !== undefined && given.account_id !== undefined && account !== given.account_id) {
      issue('account_id', `is not the account of role_arn (${account}); remove this, the role says it`);
    }
  }, evenAfterMistakes(isMap));

const accountOfRole = (roleArn: unknown): string | undefined =>
  typeof roleArn === 'string' ? ROLE_ARN.exec(roleArn)?.[1] : undefined;

/** What two targets must not have in common, for they would expose the same series twice; undefined where it cannot be told. */
const identityOf = (given: unknown): string | undefined => {
  if (!isMap(given)) return undefined;
  const { region = '', account_id, role_arn, endpoint = '' } = given;
  const account = account_id ?? accountOfRole(role_arn);
  if (account === undefined && role_arn !== undefined) return undefined;
  const parts = account === undefined ? [region, endpoint] : [region, account, ''];
  return parts.every(part => typeof part === 'string') ? JSON.stringify(parts) : undefined;
};

const targets = (known: KnownNames) =>
  z
    .array(target(known))
    .min(1, 'is empty; name a target or remove the key for the one of the environment')
    .superRefine((given, context) => {
      const identities = given.map(identityOf);
      identities.forEach((identity, index) => {
        const first = identities.indexOf(identity);
        if (identity === undefined || first === index) return;
        const message = `is the same account and region as targets[${first}]; merge the two`;
        context.addIssue({ code: 'custom', path: [index], message });
      });
    }, evenAfterMistakes(Array.isArray));

const collectors = (known: KnownNames) =>
  z
    .array(z.enum(known.collectors.map(({ name }) => name)))
    .min(1)
    .superRefine((given, context) => {
      given.forEach((name, index) => {
        if (given.indexOf(name) === index) return;
        context.addIssue({ code: 'custom', path: [index], message: `${describe(name)} is there twice; remove one` });
      });
    }, evenAfterMistakes(Array.isArray));

/** The config file's schema: what users may write, its defaults, and the Config it becomes. */
export const configSchema = (known: KnownNames) =>
  z
    .strictObject({
      targets: targets(known).optional(),
      collectors: collectors(known).optional(),
      poll: z
        .strictObject({
          interval: duration('1s').default(60),
          discovery_interval: duration('1s').default(300),
          timeout: duration('1s').default(50),
          concurrency: z.int().min(1).max(100).default(8),
        })
        .prefault({}),
      aws: z
        .strictObject({
          requests_per_second: z.number().min(0.01).max(1000).default(10),
          request_timeout: duration('100ms').default(15),
          max_attempts: z.int().min(1).max(10).default(4),
        })
        .prefault({}),
      state: z
        .strictObject({
          path: statePath.optional(),
        })
        .prefault({}),
      series: z
        .strictObject({
          stale_after: duration('1s').optional(),
          limit: z.int().min(1).default(1_000_000),
        })
        .prefault({}),
    })
    .superRefine(({ poll, series }, context) => {
      const interval = isMap(poll) ? poll.interval : undefined;
      const staleAfter = isMap(series) ? series.stale_after : undefined;
      if (typeof interval !== 'number' || typeof staleAfter !== 'number' || staleAfter > interval) return;
      const message = `must be longer than poll.interval (${interval}s), or every failure drops all series`;
      context.addIssue({ code: 'custom', path: ['series', 'stale_after'], message });
    }, evenAfterMistakes(isMap))
    .transform(
      (given): Config => ({
        targets: (given.targets ?? [{ labels: {} }]).map(one => targetOf(one, known)),
        collectors: given.collectors ?? known.collectors.map(({ name }) => name),
        poll: {
          intervalSeconds: given.poll.interval,
          discoveryIntervalSeconds: given.poll.discovery_interval,
          timeoutSeconds: given.poll.timeout,
          concurrency: given.poll.concurrency,
        },
        aws: {
          requestsPerSecond: given.aws.requests_per_second,
          requestTimeoutSeconds: given.aws.request_timeout,
          maxAttempts: given.aws.max_attempts,
        },
        state: { path: given.state.path },
        series: {
          staleAfterSeconds: given.series.stale_after ?? Math.max(900, 3 * given.poll.interval),
          limit: given.series.limit,
        },
      }),
    );

const targetOf = (given: z.output<z.ZodObject<ReturnType<typeof targetFields>>>, known: KnownNames): Target => ({
  region: given.region,
  roleArn: given.role_arn,
  externalId: given.external_id,
  accountId: given.account_id,
  endpoint: given.endpoint,
  stsEndpoint: given.sts_endpoint,
  labels: given.labels,
  filters: filtersOf(known).parse(given),
});
