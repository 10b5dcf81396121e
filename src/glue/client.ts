import { setTimeout as pause } from 'node:timers/promises';
import { GlueClient } from '@aws-sdk/client-glue';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { Target } from '../config/config.ts';
import { createAwsClock } from './aws-clock.ts';
import { accountOfRole, credentialsFor, type StaticCredentials } from './credentials.ts';
import { explain } from './explain.ts';
import { GlueError, isWorthRetrying, type Reason, reasonOf, scopeOf } from './reason.ts';
import type { UnknownValueField } from './wire.ts';

/** Where a target is and how to get in. */
export type TargetAddress = Omit<Target, 'labels' | 'filters' | 'poll' | 'aws'>;

/** How hard to try. */
export interface RequestPolicy {
  /** Deadline of one request, its body included; every retry has a fresh one. */
  readonly requestTimeoutSeconds: number;
  readonly maxAttempts: number;
  readonly maxSockets: number;
}

/** What the outside wants to know of requests. */
export interface RequestObserver {
  requested(operation: string): void;
  failed(operation: string, reason: Reason): void;
  unknownValue(field: UnknownValueField, value: string): void;
}

export interface GlueDependencies {
  readonly observer: RequestObserver;
  /** Resolves when the request budget allows one more request. */
  readonly admit: (signal: AbortSignal) => Promise<void>;
  /** Aborts everything that is under way. */
  readonly signal: AbortSignal;
  /** Only for the demo: real credentials must not be sent to a simulator. */
  readonly credentials?: StaticCredentials | undefined;
}

/** Sends one SDK command under the rules of this file. */
export type Call = <Output>(
  operation: string,
  send: (client: GlueClient, options: { abortSignal: AbortSignal }) => Promise<Output>,
) => Promise<Output>;

/** One account and region of Glue. */
export interface Glue {
  readonly call: Call;
  /** AWS's time in epoch seconds, from the Date header of its answers. */
  now(): number;
  readonly observer: RequestObserver;
  region(): Promise<string>;
  /** Asks STS unless the config or the role's ARN says it. */
  accountId(): Promise<string>;
  close(): void;
}

const RETRY_BASE_MS = 200;
const RETRY_CAP_MS = 5_000;

/** Connects to a target; sends nothing yet. */
export const connectGlue = (address: TargetAddress, policy: RequestPolicy, dependencies: GlueDependencies): Glue => {
  const { observer, admit, signal } = dependencies;
  const clock = createAwsClock();
  const region = address.region === undefined ? {} : { region: address.region };
  const agent = { keepAlive: true, maxSockets: policy.maxSockets };
  const timeout = policy.requestTimeoutSeconds * 1000;
  const stsConfig = {
    ...(address.stsEndpoint === undefined ? {} : { endpoint: address.stsEndpoint }),
    requestHandler: { connectionTimeout: timeout, requestTimeout: timeout, throwOnRequestTimeout: true },
    maxAttempts: 1,
  };
  const credentials = credentialsFor(
    address,
    dependencies.credentials,
    { ...region, ...stsConfig },
    policy.requestTimeoutSeconds,
  );
  const client = new GlueClient({
    ...region,
    ...(address.endpoint === undefined ? {} : { endpoint: address.endpoint }),
    ...credentials.config,
    // Retrying is done here, where each attempt has a deadline of its own and waits for the budget.
    maxAttempts: 1,
    requestHandler: { httpAgent: agent, httpsAgent: agent },
  });
  client.middlewareStack.add(
    next => async args => {
      const result = await next(args);
      clock.observe(dateHeaderOf(result.response));
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'readDateHeader' },
  );

  const attempt = async <Output>(operation: string, send: (abortSignal: AbortSignal) => Promise<Output>) => {
    await admit(signal);
    const deadline = new AbortController();
    const abort = () => deadline.abort();
    // The SDK's own time-outs do not end a body that drips; aborting the request does. Credentials are fetched within the
    // call and do not heed the signal, so the race ends waiting for them.
    const timer = setTimeout(abort, policy.requestTimeoutSeconds * 1000);
    signal.addEventListener('abort', abort);
    const aborted = new Promise<never>((_, reject) => {
      deadline.signal.addEventListener('abort', () => reject(deadline.signal.reason));
    });
    observer.requested(operation);
    const signedAt = performance.now() / 1000;
    try {
      return await Promise.race([send(deadline.signal), aborted]);
    } catch (error) {
      if (signal.aborted) throw error;
      const reason = deadline.signal.aborted ? 'timeout' : reasonOf(error);
      observer.failed(operation, reason);
      if (reason === 'expired_credentials') credentials.refused(signedAt);
      if (error instanceof GlueError) throw error;
      const why = deadline.signal.aborted
        ? `no complete answer within ${policy.requestTimeoutSeconds}s`
        : explain(error, reason);
      throw new GlueError(operation, reason, why, { cause: error, scope: scopeOf(error, reason) });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  };

  const withRetries = async <Output>(operation: string, send: (abortSignal: AbortSignal) => Promise<Output>) => {
    for (let attempts = 1; ; attempts += 1) {
      try {
        return await attempt(operation, send);
      } catch (error) {
        if (signal.aborted || attempts >= policy.maxAttempts || !isWorthRetrying(error)) throw error;
        const ceiling = Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** attempts);
        await pause(Math.random() * ceiling, undefined, { signal });
      }
    }
  };

  let sts: STSClient | undefined;
  let accountId = address.accountId ?? accountOfRole(address.roleArn);
  return {
    call: (operation, send) => withRetries(operation, abortSignal => send(client, { abortSignal })),
    now: clock.now,
    observer,
    region: async () => client.config.region(),
    async accountId() {
      if (accountId !== undefined) return accountId;
      // The same one for every try: it learns AWS's time from the refusal when the local clock is wrong.
      sts ??= new STSClient({ ...stsConfig, region: client.config.region, credentials: client.config.credentials });
      const asked = sts;
      accountId = await withRetries('GetCallerIdentity', async abortSignal => {
        const { Account } = await asked.send(new GetCallerIdentityCommand({}), { abortSignal });
        if (Account === undefined) throw new GlueError('GetCallerIdentity', 'bad_response', 'no account in it');
        return Account;
      });
      asked.destroy();
      return accountId;
    },
    close() {
      sts?.destroy();
      client.destroy();
      credentials.close();
    },
  };
};

const dateHeaderOf = (response: unknown): string | undefined => {
  if (typeof response !== 'object' || response === null || !('headers' in response)) return undefined;
  const { headers } = response;
  if (typeof headers !== 'object' || headers === null || !('date' in headers)) return undefined;
  return typeof headers.date === 'string' ? headers.date : undefined;
};
