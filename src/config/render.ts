import { stringify } from 'yaml';
import type { AwsSettings, Config, PollSettings, Target } from './config.ts';
import { EVERYTHING } from './filter.ts';

/** What stands in the place of a secret. */
const SECRET = '<secret>';

/**
 * A config as YAML in the form of a config file, every default filled in, every target with what it
 * inherits. What lets somebody in is left out: external ids, and
 * user names and passwords in URLs. With them put back it is the same config.
 */
export const renderConfig = ({
  targets,
  collectors,
  accountNames,
  metrics,
  poll,
  aws,
  state,
  series,
}: Config): string =>
  stringify(
    {
      // Aliases of what targets have in common would be read as the file's own.
      targets: targets.map(target => renderTarget(target, renderPoll(poll), renderAws(aws))),
      account_names: accountNames,
      collectors,
      metrics: { preset: metrics.preset, include: metrics.include, exclude: metrics.exclude },
      poll: renderPoll(poll),
      aws: renderAws(aws),
      state: { path: state.path },
      series: { stale_after: renderDuration(series.staleAfterSeconds), limit: series.limit },
    },
    { aliasDuplicateObjects: false },
  );

const renderPoll = (poll: PollSettings): Section => ({
  interval: renderDuration(poll.intervalSeconds),
  discovery_interval: renderDuration(poll.discoveryIntervalSeconds),
  timeout: renderDuration(poll.timeoutSeconds),
  concurrency: poll.concurrency,
});

const renderAws = (aws: AwsSettings): Section => ({
  requests_per_second: aws.requestsPerSecond,
  request_timeout: renderDuration(aws.requestTimeoutSeconds),
  max_attempts: aws.maxAttempts,
});

type Section = Readonly<Record<string, string | number>>;

/** What a target has that differs from the section of the file; undefined for nothing. */
const difference = (own: Section, whole: Section): Section | undefined => {
  const differing = Object.entries(own).filter(([key, value]) => whole[key] !== value);
  return differing.length === 0 ? undefined : Object.fromEntries(differing);
};

const renderTarget = (target: Target, poll: Section, aws: Section): object => ({
  region: target.region,
  role_arn: target.roleArn,
  external_id: target.externalId === undefined ? undefined : SECRET,
  account_id: target.accountId,
  endpoint: target.endpoint === undefined ? undefined : withoutUser(target.endpoint),
  sts_endpoint: target.stsEndpoint === undefined ? undefined : withoutUser(target.stsEndpoint),
  sts_region: target.stsRegion,
  profile: target.profile,
  use_fips_endpoint: target.useFipsEndpoint,
  labels: target.labels,
  stopped_is_failure: target.stoppedIsFailure,
  ...Object.fromEntries(Object.entries(target.filters).map(([name, filter]) => [name, { ...EVERYTHING, ...filter }])),
  poll: difference(renderPoll(target.poll), poll),
  aws: difference(renderAws(target.aws), aws),
});

const withoutUser = (text: string): string => {
  const url = new URL(text);
  if (url.username === '' && url.password === '') return text;
  url.username = '';
  url.password = '';
  return url.href.replace('://', `://${SECRET}@`);
};

/** Config durations are whole milliseconds. */
const renderDuration = (seconds: number): string => {
  if (!Number.isInteger(seconds)) return `${Math.round(seconds * 1000)}ms`;
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor((seconds % 3600) / 60), 'm'],
    [seconds % 60, 's'],
  ] as const;
  return parts.flatMap(([amount, unit]) => (amount > 0 ? `${amount}${unit}` : [])).join('') || '0s';
};
