import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import type { KnownNames } from '../../src/config/config.ts';
import { defaultConfig, parseConfig } from '../../src/config/load.ts';
import { configSchema } from '../../src/config/schema.ts';
import { knownNames } from '../../src/exporter/known-names.ts';
import { usualNames } from './usual-names.ts';

const file = 'config.example.yaml';
const shipped = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

/** What the file is when its examples of targets and state are used: the first # of each line of the blocks is removed. */
const withExamples = shipped.replace(/^#(defaults|targets|account_names|state):(\n#.*)+/gm, block =>
  block.replace(/^#/gm, ''),
);

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Keys of all maps as paths; list items are [], and what users name themselves (labels, tags) stays unnamed. */
const keysOf = (value: unknown, path = ''): string[] => {
  if (Array.isArray(value)) return value.flatMap(item => keysOf(item, `${path}[]`));
  if (!isMap(value) || /\.(labels|tags|account_names)$/.test(path)) return [];
  return Object.entries(value).flatMap(([key, inner]) => [`${path}.${key}`, ...keysOf(inner, `${path}.${key}`)]);
};

/** The same for a JSON schema. */
const schemaKeysOf = (schema: unknown, path = ''): string[] => {
  if (!isMap(schema)) return [];
  if (schema.items !== undefined) return schemaKeysOf(schema.items, `${path}[]`);
  if (!isMap(schema.properties)) return [];
  return Object.entries(schema.properties).flatMap(([key, inner]) => [
    `${path}.${key}`,
    ...schemaKeysOf(inner, `${path}.${key}`),
  ]);
};

describe('config.example.yaml', () => {
  it('is, as it stands, the default configuration', () => {
    const example = parseConfig(shipped, file, knownNames);
    const defaults = defaultConfig(knownNames);
    expect(example).toEqual(defaults);
  });

  it('is valid with its examples, too', () => {
    const { targets, ...others } = parseConfig(withExamples, file, knownNames);
    const { targets: _none, ...defaults } = defaultConfig(knownNames);
    const accountNames = { '111122223333': 'production', '444455556666': 'development' };
    const { poll, aws } = defaults;
    const network = { stsRegion: 'eu-west-1', profile: 'production', useFipsEndpoint: false };
    const everywhere = {
      ...network,
      externalId: 'example',
      endpoint: 'http://emulator.example:4566',
      stsEndpoint: 'http://emulator.example:4566',
      stsRegion: 'eu-west-1',
      profile: 'production',
      useFipsEndpoint: false,
      stoppedIsFailure: false,
      poll,
      aws,
    };
    const filters = expect.objectContaining({
      jobs: { include: [], exclude: ['-dev$'], tags: {} },
      workflows: { include: [], exclude: ['-dev$'] },
    });
    const inAccount = (account: string, region: string) => ({
      ...everywhere,
      region,
      roleArn: `arn:aws:iam::${account}:role/glue-exporter`,
      labels: { team: 'data', environment: 'development' },
      accountNames: account === '444455556666' ? { [account]: 'development' } : {},
      filters,
    });
    expect(targets).toEqual([
      { ...everywhere, region: 'eu-central-1', externalId: undefined, labels: { team: 'data' }, accountNames, filters },
      ...['eu-west-1', 'us-east-1', 'ap-southeast-2'].map(region => inAccount('444455556666', region)),
      ...['eu-west-1', 'us-east-1', 'ap-southeast-2'].map(region => inAccount('777788889999', region)),
      {
        ...network,
        region: 'eu-west-1',
        roleArn: 'arn:aws:iam::111122223333:role/glue-exporter',
        externalId: 'example',
        accountId: '111122223333',
        endpoint: 'https://vpce-0123456789abcdef0-abcdefgh.glue.eu-west-1.vpce.amazonaws.com',
        stsEndpoint: 'https://vpce-0123456789abcdef0-ijklmnop.sts.eu-west-1.vpce.amazonaws.com',
        stsRegion: 'eu-west-1',
        profile: 'production',
        useFipsEndpoint: false,
        labels: { team: 'data', environment: 'production', place: '{account_id}/{region}' },
        accountNames: { '111122223333': 'production' },
        stoppedIsFailure: true,
        filters: expect.objectContaining({
          jobs: { include: ['^etl-', '^nightly-'], exclude: ['-dev$'], tags: { monitoring: 'true' } },
          workflows: { include: ['.*'], exclude: ['-dev$'] },
        }),
        poll: { intervalSeconds: 120, discoveryIntervalSeconds: 900, timeoutSeconds: 100, concurrency: 32 },
        aws: { requestsPerSecond: 40, requestTimeoutSeconds: 30, maxAttempts: 6 },
      },
    ]);
    expect(others).toEqual({ ...defaults, accountNames, state: { path: '/var/lib/aws-glue-exporter' } });
  });

  const keysWith = (names: KnownNames): readonly string[] =>
    schemaKeysOf(z.toJSONSchema(configSchema(names), { io: 'input', unrepresentable: 'any' }));

  it('shows every key that there is, and perhaps filters of collectors that are off by default', () => {
    const known = keysWith(usualNames);
    const usual = new Set(known);
    const optional = new Set(keysWith(knownNames).filter(key => !usual.has(key)));
    const shown = [...new Set(keysOf(parse(withExamples)))].filter(key => !optional.has(key));
    expect(known).toContain('.targets[].jobs.tags');
    expect(known.length).toBeGreaterThan(25);
    expect(shown.toSorted()).toEqual(known.toSorted());
  });

  it('explains every key in a comment above its first use', () => {
    const lines = withExamples.split('\n');
    const keys = new Set(keysOf(parse(withExamples)).map(path => path.replace(/.*\./, '')));
    const unexplained = [...keys].filter(key => {
      const first = lines.findIndex(line => new RegExp(`^ *(- )?${key}:`).test(line));
      const isSection = lines[first] === `${key}:`;
      return !isSection && !/^ *#/.test(lines[first - 1] ?? '');
    });
    expect(unexplained).toEqual([]);
  });
});
