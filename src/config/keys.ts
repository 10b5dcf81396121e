import { z } from 'zod';
import type {
  AwsSettings,
  ConnectionSettings,
  CountingSettings,
  PollSettings,
  RoleSettings,
  SeriesSettings,
  StateSettings,
} from './config.ts';
import { duration, externalId, PROFILE, REGION, ROLE, statePath, url } from './fields.ts';
import type { KeyTable, KeyType, Scalar } from './key-table.ts';

/*
 * Every key of one value. Its schema, its setting and how /config shows it come from here, so that a new key is one entry here and one
 * line in config.ts. What it means is explained in config.example.yaml.
 */

const isNumber = (value: unknown): value is number => typeof value === 'number';
const isText = (value: unknown): value is string => typeof value === 'string';
const isFlag = (value: unknown): value is boolean => typeof value === 'boolean';

const asItIs = <Value extends Scalar>(value: Value): Scalar => value;

const seconds = (minimum: string): KeyType<number> => ({
  schema: duration(minimum),
  is: isNumber,
  render: renderDuration,
});
const number = (schema: z.ZodType<number>): KeyType<number> => ({ schema, is: isNumber, render: asItIs });
const text = (schema: z.ZodType<string>): KeyType<string> => ({ schema, is: isText, render: asItIs });
const flag: KeyType<boolean> = { schema: z.boolean(), is: isFlag, render: asItIs };

/** What stands in the place of a secret. */
const SECRET = '<secret>';

const secret = (schema: z.ZodType<string>): KeyType<string> => ({ schema, is: isText, render: () => SECRET });

/** Without the user and password that a URL can have. */
const withoutUser = (written: string): string => {
  const address = new URL(written);
  if (address.username === '' && address.password === '') return written;
  address.username = '';
  address.password = '';
  return address.href.replace('://', `://${SECRET}@`);
};

const address: KeyType<string> = { schema: url, is: isText, render: withoutUser };

/** Config durations are whole milliseconds. */
const renderDuration = (value: number): string => {
  if (!Number.isInteger(value)) return `${Math.round(value * 1000)}ms`;
  const parts = [
    [Math.floor(value / 3600), 'h'],
    [Math.floor((value % 3600) / 60), 'm'],
    [value % 60, 's'],
  ] as const;
  return parts.flatMap(([amount, unit]) => (amount > 0 ? `${amount}${unit}` : [])).join('') || '0s';
};

/** The section poll, of the whole file or of one target. */
export const POLL_KEYS: KeyTable<PollSettings> = {
  intervalSeconds: { key: 'interval', type: seconds('1s'), default: 60 },
  discoveryIntervalSeconds: { key: 'discovery_interval', type: seconds('1s'), default: 300 },
  timeoutSeconds: { key: 'timeout', type: seconds('1s'), default: 50 },
  concurrency: { key: 'concurrency', type: number(z.int().min(1).max(100)), default: 8 },
};

/** The section aws, likewise. */
export const AWS_KEYS: KeyTable<AwsSettings> = {
  requestsPerSecond: { key: 'requests_per_second', type: number(z.number().min(0.01).max(1000)), default: 10 },
  requestTimeoutSeconds: { key: 'request_timeout', type: seconds('100ms'), default: 15 },
  maxAttempts: { key: 'max_attempts', type: number(z.int().min(1).max(10)), default: 4 },
};

export const STATE_KEYS: KeyTable<StateSettings> = {
  path: { key: 'path', type: text(statePath), default: undefined },
};

export const SERIES_KEYS: KeyTable<SeriesSettings> = {
  // Longer where an interval is: see the schema.
  staleAfterSeconds: { key: 'stale_after', type: seconds('1s'), default: 900 },
  limit: { key: 'limit', type: number(z.int().min(1)), default: 1_000_000 },
};

/** Of a target or of defaults, like those below. */
export const ROLE_KEYS: KeyTable<RoleSettings> = {
  roleArn: { key: 'role_arn', type: text(ROLE), default: undefined },
  externalId: { key: 'external_id', type: secret(externalId), default: undefined },
};

export const CONNECTION_KEYS: KeyTable<ConnectionSettings> = {
  endpoint: { key: 'endpoint', type: address, default: undefined },
  stsEndpoint: { key: 'sts_endpoint', type: address, default: undefined },
  stsRegion: { key: 'sts_region', type: text(REGION), default: undefined },
  profile: { key: 'profile', type: text(PROFILE), default: undefined },
  useFipsEndpoint: { key: 'use_fips_endpoint', type: flag, default: undefined },
};

export const COUNTING_KEYS: KeyTable<CountingSettings> = {
  stoppedIsFailure: { key: 'stopped_is_failure', type: flag, default: false },
};
