import { ConfigError } from '../config/load.ts';
import { EnvironmentError } from '../glue/environment.ts';
import { messageOf } from '../log.ts';
import { UsageError } from './flags.ts';

/** Why a command failed, for the user. */
export interface Failure {
  readonly texts: readonly string[];
  /** Whether the command line, a configuration or the environment is at fault. */
  readonly isUserMistake: boolean;
}

/** Describes what a command threw. */
export const describeFailure = (error: unknown): Failure => ({
  texts: [
    // A config's mistakes name their file and line; editors and terminals know how to jump there.
    error instanceof ConfigError ? error.message : `aws-glue-exporter: ${messageOf(error)}`,
    ...(error instanceof UsageError ? ['See aws-glue-exporter --help.'] : []),
  ],
  isUserMistake: [UsageError, ConfigError, EnvironmentError].some(kind => error instanceof kind),
});
