import http from 'node:http';
import { homedir } from 'node:os';

/** Variables of the process's environment. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** Something in the environment, or in a file that it names, is wrong; the message says what to do. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

/**
 * Sets right what the AWS SDK reads of the environment by itself, and how it asks instances and containers for credentials. For the
 * environment of the process, before the SDK is used.
 */
export const prepareEnvironment = (variables: Record<string, string | undefined>): void => {
  // Which Node to run is our README's business, not a warning's.
  variables.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  // The SDK for JavaScript, unlike the AWS CLI, does not know the second, and takes an empty text for a region.
  const region = variables.AWS_REGION || variables.AWS_DEFAULT_REGION;
  if (region) variables.AWS_REGION = region;
  else delete variables.AWS_REGION;
  // The shared files are below it. Without HOME, Node throws for a user who is not in /etc/passwd.
  variables.HOME ||= homeOfUser();
  // It goes through no proxy, whatever NODE_USE_ENV_PROXY says. The other settings are those of Node's own.
  http.globalAgent = new http.Agent({ keepAlive: true, scheduling: 'lifo', timeout: 5000 });
};

const homeOfUser = (): string => {
  try {
    return homedir() || '/';
  } catch {
    return '/';
  }
};
