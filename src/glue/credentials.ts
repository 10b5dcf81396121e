import type { STSClientConfig } from '@aws-sdk/client-sts';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';

/** Keys that are given instead of found. */
export interface StaticCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/**
 * The client's credentials: those of the target's role, else the given ones, else none, which is the SDK's default chain.
 * Asking STS for the role's takes `timeoutSeconds` at most.
 */
export const credentialsFor = (
  target: { readonly roleArn: string | undefined; readonly externalId: string | undefined },
  credentials: StaticCredentials | undefined,
  stsConfig: STSClientConfig,
  timeoutSeconds: number,
) => {
  if (target.roleArn !== undefined) {
    const assume = fromTemporaryCredentials({
      params: {
        RoleArn: target.roleArn,
        RoleSessionName: 'aws-glue-exporter',
        ...(target.externalId === undefined ? {} : { ExternalId: target.externalId }),
      },
      clientConfig: stsConfig,
      ...(credentials === undefined ? {} : { masterCredentials: credentials }),
    });
    // The SDK shares one request for credentials among all calls: were it to hang on a body that never ends, so would they all,
    // for ever.
    return { credentials: (...context: Parameters<typeof assume>) => within(timeoutSeconds, assume(...context)) };
  }
  return credentials === undefined ? {} : { credentials };
};

/** Rejects with a TimeoutError when a promise takes too long. */
const within = async <Value>(seconds: number, promise: Promise<Value>): Promise<Value> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = Object.assign(new Error(`no role credentials from STS within ${seconds}s`), { name: 'TimeoutError' });
    timer = setTimeout(() => reject(error), seconds * 1000);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
};

/** The account in arn:partition:iam::ACCOUNT:role/NAME. */
export const accountOfRole = (roleArn: string | undefined): string | undefined => roleArn?.split(':')[4] || undefined;
