import { expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../../src/config/load.ts';
import { knownNames } from '../../src/exporter/known-names.ts';
import { NoRegionError, rethrowNoRegion } from '../../src/exporter/no-region.ts';

const ROLE = 'arn:aws:iam::111122223333:role/glue';

const rethrown = (configFile: string | undefined, yaml: string, error: unknown): unknown => {
  const [target] = parseConfig(yaml, 'config.yaml', knownNames).targets;
  if (target === undefined) throw new Error('the config has no target');
  try {
    return rethrowNoRegion(configFile, target)(error);
  } catch (thrown) {
    return thrown;
  }
};

it.each([
  [undefined, '', /^aws-glue-exporter: no AWS region is known; set AWS_REGION/],
  ['a.yaml', 'targets: [{}]', /^a\.yaml: targets: the target without role_arn and account_id has no region/],
  ['a.yaml', 'targets: [{ account_id: "111122223333" }]', /the target of 111122223333 has no region/],
  ['a.yaml', `targets: [{ role_arn: ${ROLE} }]`, new RegExp(`the target of ${ROLE} has no region`)],
])('a missing region becomes a mistake in the config: %s, %s', (configFile, yaml, message) => {
  const error = rethrown(configFile, yaml, new NoRegionError('no region'));
  expect(error).toBeInstanceOf(ConfigError);
  expect(error).toHaveProperty('message', expect.stringMatching(message));
});

it('any other error stays as it is', () => {
  const error = new Error('broken');
  expect(rethrown('a.yaml', '', error)).toBe(error);
});
