import { z } from 'zod';
import type { Config, KnownNames } from './config.ts';
import { parseDuration } from './duration.ts';
import { compilePattern, EVERYTHING, type Filter } from './filter.ts';

const duration = (minimum: string) =>
  z
    .string({ error: issue => `is ${issue.input}, but must be a duration; write it like 30s, 5m or 1h30m` })
    .transform((text, context) => {
      const seconds = parseDuration(text);
      if (seconds === undefined) {
        context.addIssue(`"${text}" is not a duration; write it like 30s, 5m or 1h30m`);
        return z.NEVER;
      }
      if (seconds < (parseDuration(minimum) ?? 0)) context.addIssue(`${text} is too short; the least is ${minimum}`);
      return seconds;
    });

const pattern = z.string().superRefine((text, context) => {
  try {
    compilePattern(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : `${error}`;
    context.addIssue(
      `"${text}" is not a regular expression in RE2 syntax (${why}); look-around and back-references do not exist there`,
    );
  }
});

const url = z.string().refine(text => /^https?:\/\/[^/]/.test(text) && URL.canParse(text), {
  error: issue => `"${issue.input}" is not a URL; write it like https://glue.eu-west-1.amazonaws.com`,
});

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

const constantLabels = (taken: ReadonlySet<string>) =>
  z.record(z.string(), z.string()).superRefine((labels, context) => {
    for (const name of Object.keys(labels)) {
      const issue = (message: string) => context.addIssue({ code: 'custom', path: [name], message });
      if (!LABEL_NAME.test(name)) issue('is not a label name; use letters, digits and _ only');
      else if (name.startsWith('__')) issue('label names that begin with __ belong to Prometheus; choose another');
      else if (taken.has(name)) issue('is a label that is taken already; choose another name');
    }
  });

const tags = z.record(z.string().min(1), z.string());

const patterns = { include: z.array(pattern).default([]), exclude: z.array(pattern).default([]) };

const filter = (tagFilter: boolean): z.ZodType<Filter> =>
  z.strictObject(tagFilter ? { ...patterns, tags: tags.optional() } : patterns);

const targetFields = (known: KnownNames) => ({
  region: z
    .string()
    .regex(/^[a-z0-9-]+$/, { error: issue => `"${issue.input}" is not a region; write it like eu-west-1` })
    .optional(),
  role_arn: z
    .string()
    .regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/\S+$/, {
      error: issue => `"${issue.input}" is not a role; write it like arn:aws:iam::111122223333:role/glue-exporter`,
    })
    .optional(),
  external_id: z.string().min(2).max(1224).optional(),
  account_id: z
    .string()
    .regex(/^\d{12}$/, { error: issue => `"${issue.input}" is not an account id; it has 12 digits` })
    .optional(),
  endpoint: url.optional(),
  sts_endpoint: url.optional(),
  labels: constantLabels(known.labels).default({}),
});

const target = (known: KnownNames) => {
  const filters = z.object(
    Object.fromEntries(known.collectors.map(({ name, tagFilter }) => [name, filter(tagFilter).default(EVERYTHING)])),
  );
  return z
    .strictObject({ ...targetFields(known), ...filters.shape })
    .superRefine((given, context) => {
      const issue = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message });
      if (given.external_id !== undefined && given.role_arn === undefined) {
        issue('external_id', 'means nothing without role_arn; add the role or remove it');
      }
      const account = given.role_arn?.split(':')[4];
      if (account !== undefined && given.account_id !== undefined && account !== given.account_id) {
        issue('account_id', `is not the account of role_arn (${account}); omit it, the role says it`);
      }
    })
    .transform(given => {
      return {
        region: given.region,
        roleArn: given.role_arn,
        externalId: given.external_id,
        accountId: given.account_id,
        endpoint: given.endpoint,
        stsEndpoint: given.sts_endpoint,
        labels: given.labels,
        filters: filters.parse(given),
      };
    });
};

/** The config file's schema: what users may write, its defaults, and the Config it becomes. */
export const configSchema = (known: KnownNames) =>
  z
    .strictObject({
      targets: z
        .array(target(known))
        .min(1, 'is empty; name a target or omit it for the one of the environment')
        .optional(),
      collectors: z
        .array(z.enum(known.collectors.map(({ name }) => name)))
        .min(1)
        .optional(),
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
          requests_per_second: z.number().gt(0).max(1000).default(10),
          request_timeout: duration('100ms').default(15),
          max_attempts: z.int().min(1).max(10).default(4),
        })
        .prefault({}),
      series: z
        .strictObject({
          stale_after: duration('1s').optional(),
          limit: z.int().min(1).default(1_000_000),
        })
        .prefault({}),
    })
    .superRefine((given, context) => {
      const { stale_after } = given.series;
      if (stale_after !== undefined && stale_after <= given.poll.interval) {
        const message = `must be longer than poll.interval (${given.poll.interval}s), or every failure drops all series`;
        context.addIssue({ code: 'custom', path: ['series', 'stale_after'], message });
      }
    })
    .transform(
      (given): Config => ({
        targets: given.targets ?? [ENVIRONMENT_TARGET],
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
        series: {
          staleAfterSeconds: given.series.stale_after ?? Math.max(900, 3 * given.poll.interval),
          limit: given.series.limit,
        },
      }),
    );

const ENVIRONMENT_TARGET = {
  region: undefined,
  roleArn: undefined,
  externalId: undefined,
  accountId: undefined,
  endpoint: undefined,
  stsEndpoint: undefined,
  labels: {},
  filters: {},
};
