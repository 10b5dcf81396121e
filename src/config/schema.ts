import { z } from 'zod';
import { collectorList, collectorsInUse, collectorWithLabel } from './collectors.ts';
import type { AwsSettings, Config, KnownNames, PollSettings, Target } from './config.ts';
import {
  awsSection,
  duration,
  evenAfterMistakes,
  filter,
  isMap,
  labelName,
  listOf,
  matching,
  pollSection,
  statePath,
  url,
} from './fields.ts';
import type { Filter, GivenFilter } from './filter.ts';
import { ACCOUNT_NAME_LABEL } from './labels.ts';
import { emptySelection, metricsSection, selectMetrics } from './metrics.ts';
import { accountOfRole, type Mistake, mistakesIn, NO_ROLE, placesOf, ROLE_ARN } from './targets.ts';

const POLL_DEFAULTS: PollSettings = {
  intervalSeconds: 60,
  discoveryIntervalSeconds: 300,
  timeoutSeconds: 50,
  concurrency: 8,
};
const AWS_DEFAULTS: AwsSettings = { requestsPerSecond: 10, requestTimeoutSeconds: 15, maxAttempts: 4 };

const REGION = matching(/^[a-z0-9-]+$/, 'is not a region; write it like eu-west-1');
const ACCOUNT_ID = matching(/^\d{12}$/, 'is not an account id; it has 12 digits');
const PROFILE = matching(
  /^[\w@+.%:/-]+$/,
  'is not the name of a profile of the shared AWS files; write it like production',
);
const ROLE = matching(
  new RegExp(`${ROLE_ARN.source}|^${NO_ROLE}$`),
  'is not a role; write it like arn:aws:iam::111122223333:role/glue-exporter, or {account_id} in the place of the account',
);

/** What targets can inherit. */
const inheritedFields = (known: KnownNames) => ({
  regions: listOf(REGION).optional(),
  role_arn: ROLE.optional(),
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
  endpoint: url.optional(),
  sts_endpoint: url.optional(),
  sts_region: REGION.optional(),
  profile: PROFILE.optional(),
  use_fips_endpoint: z.boolean().optional(),
  labels: z.record(labelName(known.labels), z.string()).optional(),
  stopped_is_failure: z.boolean().optional(),
});

const filtersOf = (known: KnownNames) =>
  z.object(Object.fromEntries(known.collectors.map(({ name, tagFilter }) => [name, filter(tagFilter).optional()])));

const defaults = (known: KnownNames) => z.strictObject({ ...inheritedFields(known), ...filtersOf(known).shape });

const targetFields = (known: KnownNames) => {
  const { regions, ...others } = inheritedFields(known);
  return {
    region: REGION.optional(),
    regions,
    account_id: ACCOUNT_ID.optional(),
    account_ids: listOf(ACCOUNT_ID).optional(),
    ...others,
    poll: pollSection.optional(),
    aws: awsSection.optional(),
  };
};

const targets = (known: KnownNames) =>
  z
    .array(z.strictObject({ ...targetFields(known), ...filtersOf(known).shape }))
    .min(1, 'is empty; name a target or remove the key for the one of the environment');

/** The config file's schema: what users may write, its defaults, and the Config it becomes. */
export const configSchema = (known: KnownNames) => {
  const filters = filtersOf(known);
  return z
    .strictObject({
      defaults: defaults(known).optional(),
      targets: targets(known).optional(),
      account_names: z.record(ACCOUNT_ID, z.string().min(1)).optional(),
      collectors: collectorList(known).optional(),
      metrics: metricsSection(known).prefault({}),
      poll: pollSection.prefault({}),
      aws: awsSection.prefault({}),
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
    .superRefine((given, context) => {
      for (const { path, message } of mistakesIn(given.targets, given.defaults)) {
        context.addIssue({ code: 'custom', path: [...path], message });
      }
      for (const { path, message } of takenLabels(given, known)) {
        context.addIssue({ code: 'custom', path: [...path], message });
      }
      const empty = emptySelection(given.metrics, given.collectors, known);
      if (empty !== undefined) context.addIssue({ code: 'custom', path: ['metrics'], message: empty });
      const staleAfter = isMap(given.series) ? given.series.stale_after : undefined;
      if (typeof staleAfter !== 'number') return;
      const tooLong = intervalsOf(given).find(([, interval]) => interval >= staleAfter);
      if (tooLong === undefined) return;
      const [whose, interval] = tooLong;
      const message = `must be longer than ${whose} (${interval}s), or every failure drops all series`;
      context.addIssue({ code: 'custom', path: ['series', 'stale_after'], message });
    }, evenAfterMistakes(isMap))
    .transform((given): Config => {
      const poll = pollSettings(given.poll, POLL_DEFAULTS);
      const aws = awsSettings(given.aws, AWS_DEFAULTS);
      const longestInterval = Math.max(...intervalsOf(given).map(([, interval]) => interval));
      const inherited = given.defaults ?? {};
      const inheritedFilters = filters.parse(inherited);
      return {
        targets: (given.targets ?? [{}]).flatMap(target =>
          targetsOf(target, inherited, given.account_names, {
            filters: mergedFilters(known, filters.parse(target), inheritedFilters),
            poll: pollSettings(target.poll ?? {}, poll),
            aws: awsSettings(target.aws ?? {}, aws),
          }),
        ),
        collectors: collectorsInUse(given.collectors, known),
        accountNames: given.account_names,
        metrics: selectMetrics(given.metrics, known),
        poll,
        aws,
        state: { path: given.state.path },
        series: {
          staleAfterSeconds: given.series.stale_after ?? Math.max(900, 3 * longestInterval),
          limit: given.series.limit,
        },
      };
    });
};

type GivenDefaults = z.output<z.ZodObject<ReturnType<typeof inheritedFields>>>;
type GivenTarget = z.output<z.ZodObject<ReturnType<typeof targetFields>>>;

const pollSettings = (given: z.output<typeof pollSection>, otherwise: PollSettings): PollSettings => ({
  intervalSeconds: given.interval ?? otherwise.intervalSeconds,
  discoveryIntervalSeconds: given.discovery_interval ?? otherwise.discoveryIntervalSeconds,
  timeoutSeconds: given.timeout ?? otherwise.timeoutSeconds,
  concurrency: given.concurrency ?? otherwise.concurrency,
});

const awsSettings = (given: z.output<typeof awsSection>, otherwise: AwsSettings): AwsSettings => ({
  requestsPerSecond: given.requests_per_second ?? otherwise.requestsPerSecond,
  requestTimeoutSeconds: given.request_timeout ?? otherwise.requestTimeoutSeconds,
  maxAttempts: given.max_attempts ?? otherwise.maxAttempts,
});

/** The intervals in use with their keys, whatever else is wrong. */
const intervalsOf = (given: {
  readonly poll?: unknown;
  readonly targets?: unknown;
}): readonly (readonly [string, number])[] => {
  const intervalIn = (section: unknown): unknown => (isMap(section) ? section.interval : undefined);
  const whole = ['poll.interval', intervalIn(given.poll) ?? POLL_DEFAULTS.intervalSeconds] as const;
  const targets: readonly unknown[] = Array.isArray(given.targets) ? given.targets : [];
  const inUse = targets.map((target, index) => {
    const own = intervalIn(isMap(target) ? target.poll : undefined);
    return own === undefined ? whole : ([`targets[${index}].poll.interval`, own] as const);
  });
  return (inUse.length > 0 ? inUse : [whole]).flatMap(([key, interval]) =>
    typeof interval === 'number' ? [[key, interval] as const] : [],
  );
};

/** A target for each account and region that one of the file stands for. Where a setting was written makes no difference to it. */
const targetsOf = (
  given: GivenTarget,
  inherited: GivenDefaults,
  accountNames: Readonly<Record<string, string>> | undefined,
  merged: Pick<Target, 'filters' | 'poll' | 'aws'>,
): readonly Target[] => {
  const labels = Object.entries({ ...inherited.labels, ...given.labels }).sort(([a], [b]) => (a < b ? -1 : 1));
  const shared = {
    endpoint: given.endpoint ?? inherited.endpoint,
    stsEndpoint: given.sts_endpoint ?? inherited.sts_endpoint,
    stsRegion: given.sts_region ?? inherited.sts_region,
    profile: given.profile ?? inherited.profile,
    useFipsEndpoint: given.use_fips_endpoint ?? inherited.use_fips_endpoint,
    labels: Object.fromEntries(labels),
    stoppedIsFailure: given.stopped_is_failure ?? inherited.stopped_is_failure ?? false,
    ...merged,
  };
  const externalId = given.external_id ?? inherited.external_id;
  return placesOf(given, inherited).map(({ region, accountId, roleArn }) => ({
    region,
    roleArn,
    externalId: roleArn === undefined ? undefined : externalId,
    accountId,
    ...shared,
    accountNames: namesOf(accountId ?? accountOfRole(roleArn), accountNames),
  }));
};

/** Only the account's own name where it is known, so that the names of others do not change the target. */
const namesOf = (
  accountId: string | undefined,
  names: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> | undefined => {
  if (names === undefined || accountId === undefined) return names;
  const name = names[accountId];
  return name === undefined ? {} : { [accountId]: name };
};

/** Constant labels called as the one of account_names, or as a label of a collector in use. */
const takenLabels = (
  given: {
    readonly account_names?: unknown;
    readonly collectors?: unknown;
    readonly defaults?: unknown;
    readonly targets?: unknown;
  },
  known: KnownNames,
): readonly Mistake[] => {
  const inUse = collectorsInUse(given.collectors, known);
  const targets: readonly unknown[] = Array.isArray(given.targets) ? given.targets : [];
  const all: readonly (readonly [unknown, ...(string | number)[]])[] = [
    [given.defaults, 'defaults'],
    ...targets.map((target, index) => [target, 'targets', index] as const),
  ];
  return all.flatMap(([section, ...path]) => {
    const labels = isMap(section) && isMap(section.labels) ? Object.keys(section.labels) : [];
    return labels.flatMap(label => {
      const message = whyTaken(label, inUse, known, given.account_names !== undefined);
      return message === undefined ? [] : [{ path: [...path, 'labels', label], message }];
    });
  });
};

const whyTaken = (
  label: string,
  inUse: readonly string[],
  known: KnownNames,
  hasAccountNames: boolean,
): string | undefined => {
  if (hasAccountNames && label === ACCOUNT_NAME_LABEL) {
    return 'is the label that account_names sets; choose another name, or remove account_names';
  }
  const collector = known.labels.has(label) ? undefined : collectorWithLabel(label, inUse, known);
  return collector === undefined ? undefined : `is a label of the collector ${collector}; choose another name`;
};

type GivenFilters = Readonly<Record<string, GivenFilter | undefined>>;

/** Key by key: include, exclude and tags each replace what is inherited. */
const mergedFilters = (
  known: KnownNames,
  given: GivenFilters,
  inherited: GivenFilters,
): Readonly<Record<string, Filter>> =>
  Object.fromEntries(
    known.collectors.map(({ name }) => {
      const { include = [], exclude = [], tags } = { ...inherited[name], ...given[name] };
      return [name, tags === undefined ? { include, exclude } : { include, exclude, tags }];
    }),
  );
