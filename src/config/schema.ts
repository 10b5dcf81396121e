import { z } from 'zod';
import { collectorList, collectorsInUse, collectorWithLabel } from './collectors.ts';
import type { Config, KnownNames, Target } from './config.ts';
import { ACCOUNT_ID, evenAfterMistakes, filter, isMap, labelName, listOf, REGION } from './fields.ts';
import type { Filter, GivenFilter } from './filter.ts';
import { defaultsOf, type KeyTable, sectionOf, settingsOf, shapeOf } from './key-table.ts';
import { AWS_KEYS, CONNECTION_KEYS, COUNTING_KEYS, POLL_KEYS, ROLE_KEYS, SERIES_KEYS, STATE_KEYS } from './keys.ts';
import { ACCOUNT_NAME_LABEL } from './labels.ts';
import { emptySelection, metricsSection, selectMetrics } from './metrics.ts';
import { accountOfRole } from './role-arn.ts';
import { type Mistake, mistakesIn, placesOf } from './targets.ts';

/** What targets can inherit. */
const inheritedFields = (known: KnownNames) => ({
  regions: listOf(REGION).optional(),
  ...shapeOf(ROLE_KEYS),
  ...shapeOf(CONNECTION_KEYS),
  labels: z.record(labelName(known.labels), z.string()).optional(),
  ...shapeOf(COUNTING_KEYS),
});

const filtersOf = (known: KnownNames) =>
  z.object(Object.fromEntries(filterable(known).map(({ name, tagFilter }) => [name, filter(tagFilter).optional()])));

const filterable = ({ collectors }: KnownNames): KnownNames['collectors'] =>
  collectors.filter(({ hasFilter }) => hasFilter);

const defaults = (known: KnownNames) => z.strictObject({ ...inheritedFields(known), ...filtersOf(known).shape });

const targetFields = (known: KnownNames) => {
  const { regions, ...others } = inheritedFields(known);
  return {
    region: REGION.optional(),
    regions,
    account_id: ACCOUNT_ID.optional(),
    account_ids: listOf(ACCOUNT_ID).optional(),
    ...others,
    poll: sectionOf(POLL_KEYS).optional(),
    aws: sectionOf(AWS_KEYS).optional(),
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
      poll: sectionOf(POLL_KEYS).prefault({}),
      aws: sectionOf(AWS_KEYS).prefault({}),
      state: sectionOf(STATE_KEYS).prefault({}),
      series: sectionOf(SERIES_KEYS).prefault({}),
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
      const poll = settingsOf(POLL_KEYS, given.poll);
      const aws = settingsOf(AWS_KEYS, given.aws);
      const longestInterval = Math.max(...intervalsOf(given).map(([, interval]) => interval));
      const series = defaultsOf(SERIES_KEYS);
      const inherited = given.defaults ?? {};
      const inheritedFilters = filters.parse(inherited);
      return {
        targets: (given.targets ?? [{}]).flatMap(target =>
          targetsOf(target, inherited, given.account_names, {
            filters: mergedFilters(known, filters.parse(target), inheritedFilters),
            poll: settingsOf(POLL_KEYS, target.poll ?? {}, poll),
            aws: settingsOf(AWS_KEYS, target.aws ?? {}, aws),
          }),
        ),
        collectors: collectorsInUse(given.collectors, known),
        accountNames: given.account_names,
        metrics: selectMetrics(given.metrics, known),
        poll,
        aws,
        state: settingsOf(STATE_KEYS, given.state),
        series: settingsOf(SERIES_KEYS, given.series, {
          ...series,
          staleAfterSeconds: Math.max(series.staleAfterSeconds, 3 * longestInterval),
        }),
      };
    });
};

type GivenDefaults = z.output<z.ZodObject<ReturnType<typeof inheritedFields>>>;
type GivenTarget = z.output<z.ZodObject<ReturnType<typeof targetFields>>>;

/** The intervals in use with their keys, whatever else is wrong. */
const intervalsOf = (given: {
  readonly poll?: unknown;
  readonly targets?: unknown;
}): readonly (readonly [string, number])[] => {
  const intervalIn = (section: unknown): unknown => (isMap(section) ? section.interval : undefined);
  const whole = ['poll.interval', intervalIn(given.poll) ?? defaultsOf(POLL_KEYS).intervalSeconds] as const;
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
  const inheriting = <Settings extends object>(keys: KeyTable<Settings>): Settings =>
    settingsOf(keys, given, settingsOf(keys, inherited));
  const shared = {
    ...inheriting(CONNECTION_KEYS),
    labels: Object.fromEntries(labels),
    ...inheriting(COUNTING_KEYS),
    ...merged,
  };
  const { externalId } = inheriting(ROLE_KEYS);
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
    filterable(known).map(({ name }) => {
      const { include = [], exclude = [], tags } = { ...inherited[name], ...given[name] };
      return [name, tags === undefined ? { include, exclude } : { include, exclude, tags }];
    }),
  );
