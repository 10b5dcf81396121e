import {
  fromNodeProviderChain,
  fromTemporaryCredentials,
  type GlueClientConfig,
  getDefaultRoleAssumer,
  getDefaultRoleAssumerWithWebIdentity,
  type STSClientConfig,
} from './aws.ts';
import { startTimer } from './deadline.ts';
import type { Variables } from './environment.ts';
import { explainMissing, readProfile } from './profile.ts';
import { requestHandlerOver } from './sdk-transport.ts';
import type { Wire } from './wire.ts';

/** Keys that are given instead of found. */
export interface StaticCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Credentials for a client. */
export interface Credentials {
  readonly config: { readonly credentials: GlueClientConfig['credentials'] & {} };
  /** Whether they are at hand, so that a request can be signed without waiting for any. */
  areValid(): boolean;
  /** Told that AWS refused a request that was signed at this uptime: what was had before then is no good. */
  refused(signedAtSeconds: number): void;
  /** Ends a request for them that is under way. */
  close(): void;
}

type Source = ReturnType<typeof fromTemporaryCredentials>;
type Identity = Awaited<ReturnType<Source>>;

/** AWS gives none for less than 15 minutes: whatever a wrong clock makes of their end, they are good for so long. */
const FRESH_SECONDS = 60;
const RENEW_BEFORE_END_SECONDS = 300;
/** How soon a renewal is tried again while the credentials at hand are still valid. */
const RENEWAL_RETRY_SECONDS = 5;

/** Credentials with times of the process's own clock, which nobody can set. */
interface Held {
  readonly identity: Identity;
  readonly since: number;
  readonly renewFrom: number;
  readonly endsAt: number;
}

const hold = (identity: Identity): Held => {
  const since = uptime();
  const { expiration } = identity;
  if (expiration === undefined) {
    return { identity, since, renewFrom: Number.POSITIVE_INFINITY, endsAt: Number.POSITIVE_INFINITY };
  }
  const endsAt = since + (expiration.getTime() - Date.now()) / 1000;
  return { identity, since, endsAt, renewFrom: Math.max(since + FRESH_SECONDS, endsAt - RENEW_BEFORE_END_SECONDS) };
};

const uptime = (): number => performance.now() / 1000;

/** Whose credentials are wanted. */
export interface CredentialsTarget {
  readonly roleArn: string | undefined;
  readonly externalId: string | undefined;
  readonly profile?: string | undefined;
}

export interface CredentialsDependencies {
  /** Keys that are used in place of those of the environment. */
  readonly given: StaticCredentials | undefined;
  readonly variables: Variables;
  /** For every source on the internet. Instances and containers are asked by the SDK itself, never through a proxy. */
  readonly wire: Wire;
  /** Region and endpoint of STS, for every way to assume a role. */
  readonly sts: Pick<STSClientConfig, 'region' | 'endpoint' | 'useFipsEndpoint' | 'profile'>;
  readonly timeoutSeconds: number;
}

/**
 * The credentials of the target's role, else the given ones, else those of the profile or the environment. Having them takes
 * `timeoutSeconds` at most.
 */
export const credentialsFor = (
  { roleArn, externalId, profile }: CredentialsTarget,
  { given, variables, wire, sts, timeoutSeconds }: CredentialsDependencies,
): Credentials => {
  if (roleArn === undefined && given !== undefined) {
    return { config: { credentials: given }, areValid: () => true, refused: () => {}, close: () => {} };
  }
  // The SDK shares one request for credentials among all calls and gives no way to abort it: were it to hang on a body that
  // never ends, or on a process, so would they all. The wire is ours, so that it can be cut.
  const { close } = wire;
  const client = { requestHandler: requestHandlerOver(wire), maxAttempts: 1 };
  const chain = (): Source =>
    fromNodeProviderChain({
      ignoreCache: true,
      ...(profile === undefined ? {} : { profile }),
      // For SSO, which has a region and endpoints of its own.
      clientConfig: client,
      roleAssumer: getDefaultRoleAssumer({ ...sts, ...client }),
      roleAssumerWithWebIdentity: getDefaultRoleAssumerWithWebIdentity({ ...sts, ...client }),
    });
  const ofEnvironment = (): Source => {
    const source = chain();
    return async context => {
      const found = await readProfile(variables, profile);
      // The SDK would go on to other sources, and use the role of the instance.
      if (found.isNamed && found.settings === undefined) throw noCredentials(await explainMissing(variables, found));
      return source(context).catch((error: unknown) => {
        throw isOfSystem(error) ? noCredentials(error.message) : error;
      });
    };
  };
  const open = (): Source =>
    roleArn === undefined
      ? ofEnvironment()
      : fromTemporaryCredentials({
          params: {
            RoleArn: roleArn,
            RoleSessionName: 'aws-glue-exporter',
            ...(externalId === undefined ? {} : { ExternalId: externalId }),
          },
          clientConfig: { ...sts, ...client },
          masterCredentials: given ?? ofEnvironment(),
        });

  let source = open();
  let held: Held | undefined;
  let pending: Promise<Identity> | undefined;

  const pace = createPace(timeoutSeconds);

  const giveUp = (): void => {
    close();
    // One that hangs for ever, such as a process, may be started only so often.
    if (pace.isDue()) source = open();
  };
  const renew = (context: Parameters<Source>[0]): Promise<Identity> => {
    pending ??= within(timeoutSeconds, source(context), giveUp)
      .then(identity => {
        held = hold(identity);
        return identity;
      })
      .finally(() => {
        pending = undefined;
      });
    return pending;
  };
  const areValid = (): boolean => held !== undefined && uptime() < Math.max(held.renewFrom, held.endsAt);
  let renewalTriedAt = Number.NEGATIVE_INFINITY;
  const provide = async (context: Parameters<Source>[0]): Promise<Identity> => {
    if (held === undefined || !areValid()) return renew(context);
    if (uptime() >= held.renewFrom && uptime() - renewalTriedAt >= RENEWAL_RETRY_SECONDS) {
      renewalTriedAt = uptime();
      // Those at hand are good until they end, or AWS refuses them: no request waits for the next ones.
      renew(context).catch(() => {});
    }
    return held.identity;
  };
  return {
    // The SDK's own memory of credentials trusts the local clock, and does not learn that they were refused.
    config: { credentials: Object.assign(provide, { memoized: true }) },
    areValid,
    refused(signedAtSeconds) {
      if (held === undefined || held.since > signedAtSeconds || !pace.isDue()) return;
      held = undefined;
      source = open();
    },
    close,
  };
};

const LONGEST_PACE_SECONDS = 300;

/** How often something may be done that helps at once or not at all: at once, then after twice as long each time. */
const createPace = (firstSeconds: number) => {
  let waitSeconds = 0;
  let doneAt = Number.NEGATIVE_INFINITY;
  return {
    isDue(): boolean {
      const idleSeconds = uptime() - doneAt;
      if (idleSeconds < waitSeconds) return false;
      if (idleSeconds > 2 * LONGEST_PACE_SECONDS) waitSeconds = 0;
      doneAt = uptime();
      waitSeconds = Math.min(LONGEST_PACE_SECONDS, Math.max(firstSeconds, 2 * waitSeconds));
      return true;
    },
  };
};

/** Rejects with a TimeoutError when a promise takes too long, and gives it up. */
const within = async <Value>(seconds: number, promise: Promise<Value>, giveUp: () => void): Promise<Value> => {
  let stopTimer = (): void => {};
  const late = new Promise<never>((_, reject) => {
    stopTimer = startTimer(seconds * 1000, () => {
      reject(Object.assign(new Error(`no credentials within ${seconds}s`), { name: 'TimeoutError' }));
      giveUp();
    });
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    stopTimer();
  }
};

/** The account in arn:partition:iam::ACCOUNT:role/NAME. */
export const accountOfRole = (roleArn: string | undefined): string | undefined => roleArn?.split(':')[4] || undefined;

const noCredentials = (message: string): Error =>
  Object.assign(new Error(message), { name: 'CredentialsProviderError' });

/** A token or a program that cannot be read or started, for example. */
const isOfSystem = (error: unknown): error is Error =>
  error instanceof Error && 'syscall' in error && /^(open|read|stat|access|scandir|spawn|uv_)/.test(`${error.syscall}`);
