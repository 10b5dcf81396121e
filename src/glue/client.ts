import { setTimeout as pause } from 'node:timers/promises';
import type { Target } from '../config/config.ts';
import { GetCallerIdentityCommand, STSClient } from './aws.ts';
import { createAwsClock, parseDate } from './aws-clock.ts';
import { accountOfRole, credentialsFor, type StaticCredentials } from './credentials.ts';
import { createDeadline, type Deadline } from './deadline.ts';
import type { Variables } from './environment.ts';
import { explain } from './explain.ts';
import type { CallerIdentity, GlueConnection, RequestObserver } from './glue.ts';
import { DIRECT, type Network } from './network.ts';
import { GlueError, isWorthRetrying, reasonOf, scopeOf } from './reason.ts';
import { resolveRegion } from './region.ts';
import { connectSdk } from './sdk.ts';
import { requestHandlerOver } from './sdk-transport.ts';
import { createSlots } from './slots.ts';
import { regionOfStsEndpoint } from './sts-region.ts';
import { createWire, type DateOfAnswer, type Exchange, newExchange } from './wire.ts';

/** Where a target is and how to get in. */
export type TargetAddress = Omit<
  Target,
  'labels' | 'accountNames' | 'stoppedIsFailure' | 'filters' | 'poll' | 'aws' | OptionalSetting
> &
  Partial<Pick<Target, OptionalSetting>>;
type OptionalSetting = 'profile' | 'stsRegion' | 'useFipsEndpoint';

/** How hard to try. */
export interface RequestPolicy {
  /** Deadline of one attempt: credentials, request and body. Waiting for the budget is not part of it. Each retry has its own. */
  readonly requestTimeoutSeconds: number;
  readonly maxAttempts: number;
  /** Connections, and so requests under way. */
  readonly maxSockets: number;
}

export interface GlueDependencies {
  readonly observer: RequestObserver;
  /** Resolves when the request budget allows one more request, which is in flight until `over` settles. */
  readonly admit: (signal: AbortSignal, over: Promise<unknown>) => Promise<void>;
  /** Aborts everything that is under way. */
  readonly signal: AbortSignal;
  /** Only for the demo: real credentials must not be sent to a simulator. */
  readonly credentials?: StaticCredentials | undefined;
  /** Directly, unless given. */
  readonly network?: Network | undefined;
  /** The environment that profile and region are looked up in; an empty one unless given. */
  readonly variables?: Variables | undefined;
}

const RETRY_BASE_MS = 200;
const RETRY_CAP_MS = 5_000;
/** Credentials that are no longer valid when the budget admits a request are renewed, and the budget asked again, so many times. */
const MAX_ADMISSIONS = 3;

/** Connects to a target; sends nothing yet. */
export const connectGlue = (
  address: TargetAddress,
  policy: RequestPolicy,
  dependencies: GlueDependencies,
): GlueConnection => {
  const { observer, admit, signal, network = DIRECT, variables = {} } = dependencies;
  const clock = createAwsClock();
  const timeout = policy.requestTimeoutSeconds * 1000;
  const wireOf = (maxSockets: number) => createWire({ network, maxSockets, connectMs: timeout });
  const region = address.region === undefined ? {} : { region: address.region };
  const profile = address.profile === undefined ? {} : { profile: address.profile };
  const sts = {
    ...profile,
    region: address.stsRegion ?? ofEndpoint(address.stsEndpoint) ?? (() => sdk.config.region()),
    ...serviceAt(address.stsEndpoint, address.useFipsEndpoint),
  };
  const credentials = credentialsFor(address, {
    given: dependencies.credentials,
    variables,
    wire: wireOf(Number.POSITIVE_INFINITY),
    sts,
    timeoutSeconds: policy.requestTimeoutSeconds,
  });
  const observeDate = ({ header, receivedAt }: DateOfAnswer): void =>
    clock.observe(header, performance.now() / 1000 - receivedAt);
  const glueConfig = {
    ...region,
    ...profile,
    ...serviceAt(address.endpoint, address.useFipsEndpoint),
    ...credentials.config,
  };
  const sdk = connectSdk(glueConfig, wireOf(policy.maxSockets), observeDate);

  /** Deadlines of the attempts under way. One listener serves all. */
  const underWay = new Set<Deadline>();
  const stop = (): void => {
    for (const deadline of underWay) deadline.cancel(signal.reason);
  };
  signal.addEventListener('abort', stop);

  const slots = createSlots(policy.maxSockets);

  /** Credentials cannot be aborted, so nobody waits for them after the deadline. */
  const getCredentials = async (deadline: Deadline, over: Promise<unknown>): Promise<void> => {
    try {
      await deadline.within(sdk.config.credentials);
    } catch (error) {
      // The attempt takes its turn all the same: a failing STS is asked no more often than AWS Glue would be.
      await admit(signal, over);
      throw error;
    }
  };

  /**
   * Resolves when a request can be sent. Credentials come before the budget: requests that were admitted one by one and then waited
   * for credentials would all be sent together.
   */
  const admitted = async (deadline: Deadline, over: Promise<unknown>): Promise<void> => {
    for (let admissions = 1; ; admissions += 1) {
      if (!credentials.areValid()) await getCredentials(deadline, over);
      await admit(signal, over);
      signal.throwIfAborted();
      // They can expire, or be refused, while a request waits for the budget.
      if (credentials.areValid() || admissions === MAX_ADMISSIONS) return;
    }
  };

  const attemptInSlot = async <Output>(operation: string, send: (exchange: Exchange) => Promise<Output>) => {
    const exchange = newExchange();
    const deadline = createDeadline(timeout, () => {
      exchange.isOver = true;
      exchange.cut();
    });
    // From then on the answer waits for us, not we for it.
    exchange.answered = deadline.answered;
    let isOver = (): void => {};
    const over = new Promise<void>(resolve => {
      isOver = resolve;
    });
    let signedAt = uptimeSeconds();
    underWay.add(deadline);
    try {
      await admitted(deadline, over);
      observer.requested(operation);
      signedAt = uptimeSeconds();
      return await deadline.within(() => send(exchange));
    } catch (error) {
      if (signal.aborted) throw error;
      const isLate = deadline.isPassed;
      const reason = isLate ? 'timeout' : reasonOf(error);
      observer.failed(operation, reason);
      if (reason === 'expired_credentials') credentials.refused(signedAt);
      if (error instanceof GlueError) throw error;
      const why = isLate ? `no complete answer within ${policy.requestTimeoutSeconds}s` : explain(error, reason);
      throw new GlueError(operation, reason, why, { cause: error, scope: scopeOf(error, reason) });
    } finally {
      isOver();
      underWay.delete(deadline);
    }
  };

  const attempt = async <Output>(operation: string, send: (exchange: Exchange) => Promise<Output>) => {
    // Before the budget, too: Node would queue an admitted request until a connection is free.
    await slots.take();
    try {
      signal.throwIfAborted();
      return await attemptInSlot(operation, send);
    } finally {
      slots.release();
    }
  };

  const withRetries = async <Output>(operation: string, send: (exchange: Exchange) => Promise<Output>) => {
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

  let stsClient: STSClient | undefined;
  const callerIdentity = async (): Promise<CallerIdentity> => {
    // The same one for every try: it learns AWS's time from the refusal when the local clock is wrong.
    stsClient ??= new STSClient({
      ...sts,
      credentials: sdk.config.credentials,
      requestHandler: requestHandlerOver(wireOf(1)),
      maxAttempts: 1,
    });
    const asked = stsClient;
    const identity = await withRetries('GetCallerIdentity', async exchange => {
      const aborting = new AbortController();
      exchange.cut = () => aborting.abort();
      const options = { abortSignal: aborting.signal };
      const { Account, Arn } = await asked.send(new GetCallerIdentityCommand({}), options);
      if (Account === undefined) throw new GlueError('GetCallerIdentity', 'bad_response', 'no account in it');
      return { accountId: Account, arn: Arn };
    });
    asked.destroy();
    stsClient = undefined;
    return identity;
  };

  let accountId = address.accountId ?? accountOfRole(address.roleArn);
  return {
    call: (operation, input, read) =>
      withRetries(operation, async exchange => {
        const answer = await sdk.send(operation, input, exchange);
        const output = read(answer, parseDate(exchange.date?.header));
        // Only now is it known to be an answer of AWS: a proxy answers 200, too.
        if (exchange.date !== undefined) observeDate(exchange.date);
        return output;
      }),
    now: clock.now,
    earliestNow: clock.earliestNow,
    isTimeConfirmed: clock.isConfirmed,
    observer,
    region: () => resolveRegion(address, variables, () => sdk.config.region()),
    callerIdentity,
    async accountId() {
      accountId ??= (await callerIdentity()).accountId;
      return accountId;
    },
    close() {
      stsClient?.destroy();
      sdk.destroy();
      signal.removeEventListener('abort', stop);
      credentials.close();
    },
  };
};

const ofEndpoint = (endpoint: string | undefined): string | undefined =>
  endpoint === undefined ? undefined : regionOfStsEndpoint(endpoint);

/** A configured endpoint is used as it is: the SDK refuses it together with FIPS, even where only the environment asks for FIPS. */
const serviceAt = (endpoint: string | undefined, useFipsEndpoint: boolean | undefined) => {
  if (endpoint !== undefined) return { endpoint, useFipsEndpoint: false };
  return useFipsEndpoint === undefined ? {} : { useFipsEndpoint };
};

/** On a clock that only runs forward. */
const uptimeSeconds = (): number => performance.now() / 1000;
