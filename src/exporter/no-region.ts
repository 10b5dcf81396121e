import type { Target } from '../config/config.ts';
import { ConfigError } from '../config/load.ts';

/** Thrown when neither the config nor the environment says where a target is. */
export class NoRegionError extends Error {
  override readonly name = 'NoRegionError';
}

/** Throws a ConfigError that says where to set the region instead of a NoRegionError; any other error as it is. */
export const rethrowNoRegion =
  (configFile: string | undefined, target: Target) =>
  (error: unknown): never => {
    throw error instanceof NoRegionError ? configErrorFor(configFile, target) : error;
  };

const configErrorFor = (configFile: string | undefined, { roleArn, accountId }: Target): ConfigError => {
  if (configFile === undefined) {
    const message =
      'no AWS region is known; set AWS_REGION, such as AWS_REGION=eu-west-1, or try the demo, which needs no AWS account';
    return new ConfigError('aws-glue-exporter', [{ line: undefined, key: '', message }]);
  }
  // One target in the file can stand for many: it is named by its own keys.
  const whose = roleArn ?? accountId;
  const which = whose === undefined ? 'without role_arn and account_id' : `of ${whose}`;
  const message = `the target ${which} has no region, and neither has the environment; set region, or AWS_REGION`;
  return new ConfigError(configFile, [{ line: undefined, key: 'targets', message }]);
};
