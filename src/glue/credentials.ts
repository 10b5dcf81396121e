import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { GlueClientConfig } from '@aws-sdk/client-glue';
import type { STSClientConfig } from '@aws-sdk/client-sts';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';

/** Keys that are given instead of found. */
export interface StaticCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Credentials for a client; nothing at all stands for the SDK's default chain. */
export interface Credentials {
  readonly config: { readonly credentials?: GlueClientConfig['credentials'] & {} };
  /** Ends a request for them that is under way. */
  close(): void;
}

/**
 * The credentials of the target's role, else the given ones, else those of the environment. Asking STS for the role's takes
 * `timeoutSeconds` at most.
 */
export const credentialsFor = (
  target: { readonly roleArn: string | undefined; readonly externalId: string | undefined },
  given: StaticCredentials | undefined,
  stsConfig: STSClientConfig,
  timeoutSeconds: number,
): Credentials => {
  if (target.roleArn === undefined)
    return { config: given === undefined ? {} : { credentials: given }, close: () => {} };
  // The SDK shares one request for credentials among all calls and gives no way to abort it: were it to hang on a body that
  // never ends, so would they all. The sockets are ours, so that they can be cut.
  const sockets = { httpAgent: new HttpAgent({ keepAlive: true }), httpsAgent: new HttpsAgent({ keepAlive: true }) };
  const close = (): void => {
    sockets.httpAgent.destroy();
    sockets.httpsAgent.destroy();
  };
  const assume = fromTemporaryCredentials({
    params: {
      RoleArn: target.roleArn,
      RoleSessionName: 'aws-glue-exporter',
      ...(target.externalId === undefined ? {} : { ExternalId: target.externalId }),
    },
    clientConfig: { ...stsConfig, requestHandler: sockets },
    ...(given === undefined ? {} : { masterCredentials: given }),
  });
  const credentials = (...context: Parameters<typeof assume>) => within(timeoutSeconds, assume(...context), close);
  return { config: { credentials }, close };
};

/** Rejects with a TimeoutError when a promise takes too long, and gives it up. */
const within = async <Value>(seconds: number, promise: Promise<Value>, giveUp: () => void): Promise<Value> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = Object.assign(new Error(`no role credentials from STS within ${seconds}s`), { name: 'TimeoutError' });
    timer = setTimeout(() => {
      reject(error);
      giveUp();
    }, seconds * 1000);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
};

/** The account in arn:partition:iam::ACCOUNT:role/NAME. */
export const accountOfRole = (roleArn: string | undefined): string | undefined => roleArn?.split(':')[4] || undefined;
