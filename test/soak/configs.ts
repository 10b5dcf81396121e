/** Configs that a daemon can be started with or told to take over. Labels stay, or the series would be others. */
export const configNames = ['plain', 'slower', 'fewer requests', 'fewer entities'] as const;
export type ConfigName = (typeof configNames)[number];

export interface ConfigPlace {
  readonly endpoint: string;
  readonly region: string;
  readonly statePath: string;
}

/** What is left out of the targets of a config, by collector. */
const exclude: Partial<Record<ConfigName, Readonly<Record<string, string>>>> = {
  'fewer entities': { jobs: '-job-00[1-4]$', workflows: '-workflow-001$' },
};

/** Whether a config leaves out an entity, whose series are gone then. */
export const isLeftOut = (config: ConfigName, entity: string): boolean =>
  Object.values(exclude[config] ?? {}).some(pattern => new RegExp(pattern).test(entity));

const polls: Readonly<Record<ConfigName, object>> = {
  plain: {},
  slower: { interval: '2s', discovery_interval: '3s' },
  'fewer requests': { concurrency: 6 },
  'fewer entities': { timeout: '2s' },
};

const requests: Readonly<Record<ConfigName, object>> = {
  plain: {},
  slower: { max_attempts: 3 },
  'fewer requests': { requests_per_second: 300, max_attempts: 1 },
  'fewer entities': {},
};

/**
 * A config in YAML, which JSON is. The time-out of requests is what bounds how far back AWS's clock can seem to go: times the
 * speed it must stay well below the five minutes in which the exporter lets AWS's clocks differ.
 */
export const configText = (name: ConfigName, { endpoint, region, statePath }: ConfigPlace): string => {
  const filters = Object.entries(exclude[name] ?? {}).map(([kind, pattern]) => [kind, { exclude: [pattern] }]);
  const target = { region, endpoint, sts_endpoint: endpoint, ...Object.fromEntries(filters) };
  return JSON.stringify({
    targets: [target],
    poll: { interval: '1s', discovery_interval: '1s', timeout: '5s', concurrency: 20, ...polls[name] },
    aws: { requests_per_second: 1000, request_timeout: `${REQUEST_TIMEOUT_MS}ms`, max_attempts: 2, ...requests[name] },
    state: { path: statePath },
  });
};

export const REQUEST_TIMEOUT_MS = 500;

/** A config with a mistake in it. */
export const badConfigText = 'poll: { interval: soon }\n';
