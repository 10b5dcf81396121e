import { stringify } from 'yaml';
import type { Config, Target } from './config.ts';
import { EVERYTHING } from './filter.ts';
import { renderSettings, type Scalar } from './key-table.ts';
import { AWS_KEYS, CONNECTION_KEYS, COUNTING_KEYS, POLL_KEYS, ROLE_KEYS, SERIES_KEYS, STATE_KEYS } from './keys.ts';

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
      targets: targets.map(target =>
        renderTarget(target, renderSettings(POLL_KEYS, poll), renderSettings(AWS_KEYS, aws)),
      ),
      account_names: accountNames,
      collectors,
      metrics: { preset: metrics.preset, include: metrics.include, exclude: metrics.exclude },
      poll: renderSettings(POLL_KEYS, poll),
      aws: renderSettings(AWS_KEYS, aws),
      state: renderSettings(STATE_KEYS, state),
      series: renderSettings(SERIES_KEYS, series),
    },
    { aliasDuplicateObjects: false },
  );

type Section = Readonly<Record<string, Scalar | undefined>>;

/** What a target has that differs from the section of the file; undefined for nothing. */
const difference = (own: Section, whole: Section): Section | undefined => {
  const differing = Object.entries(own).filter(([key, value]) => whole[key] !== value);
  return differing.length === 0 ? undefined : Object.fromEntries(differing);
};

const renderTarget = (target: Target, poll: Section, aws: Section): object => ({
  region: target.region,
  ...renderSettings(ROLE_KEYS, target),
  account_id: target.accountId,
  ...renderSettings(CONNECTION_KEYS, target),
  labels: target.labels,
  ...renderSettings(COUNTING_KEYS, target),
  ...Object.fromEntries(Object.entries(target.filters).map(([name, filter]) => [name, { ...EVERYTHING, ...filter }])),
  poll: difference(renderSettings(POLL_KEYS, target.poll), poll),
  aws: difference(renderSettings(AWS_KEYS, target.aws), aws),
});
