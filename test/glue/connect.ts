import { afterEach, vi } from 'vitest';
import { connectGlue, type RequestPolicy, type TargetAddress } from '../../src/glue/client.ts';
import type { Glue } from '../../src/glue/glue.ts';
import type { Network } from '../../src/glue/network.ts';
import { GlueError, type Reason } from '../../src/glue/reason.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/simulator/server.ts';

/** 2026-03-01T12:00:00Z. */
export const noon = 1_772_366_400;
export const place = { accountId: '111122223333', region: 'eu-west-1' };

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** A simulator that stands at noon unless told otherwise and ends with the test. */
export const simulate = async (options: SimulatorOptions): Promise<Simulator> => {
  const simulator = await startSimulator({ clock: () => noon, ...options });
  cleanups.push(() => simulator.close());
  return simulator;
};

/** What a Glue told its observer. */
export interface Seen {
  readonly requested: string[];
  readonly failed: [operation: string, reason: Reason][];
  readonly unknown: [field: string, value: string][];
}

export interface ConnectOptions extends Partial<TargetAddress>, Partial<RequestPolicy> {
  readonly admit?: (signal: AbortSignal) => Promise<void>;
  readonly network?: Network;
}

/** The real client, connected to an endpoint; patient, and trying once, unless told otherwise. Pauses before retries are cut to 0. */
export const connect = (endpoint: string, options: ConnectOptions = {}) => {
  vi.stubEnv('AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED', 'true');
  vi.spyOn(Math, 'random').mockReturnValue(0);
  const seen: Seen = { requested: [], failed: [], unknown: [] };
  const stopping = new AbortController();
  const {
    admit = async () => {},
    requestTimeoutSeconds = 30,
    maxAttempts = 1,
    maxSockets = 8,
    network,
    ...address
  } = options;
  const glue = connectGlue(
    {
      region: place.region,
      roleArn: undefined,
      externalId: undefined,
      accountId: undefined,
      endpoint,
      stsEndpoint: endpoint,
      ...address,
    },
    { requestTimeoutSeconds, maxAttempts, maxSockets },
    {
      observer: {
        requested: operation => seen.requested.push(operation),
        failed: (operation, reason) => seen.failed.push([operation, reason]),
        unknownValue: (field, value) => seen.unknown.push([field, value]),
      },
      admit,
      signal: stopping.signal,
      network,
      credentials: { accessKeyId: 'AKIATESTTESTTESTTEST', secretAccessKey: 'secret' },
    },
  );
  cleanups.push(() => glue.close());
  return { glue, seen, stop: () => stopping.abort() };
};

/** The failure of something that must fail; anything but a GlueError is passed on. */
export const failureOf = async (promise: Promise<unknown>): Promise<GlueError> => {
  try {
    await promise;
  } catch (error) {
    if (error instanceof GlueError) return error;
    throw error;
  }
  throw new Error('it succeeded');
};

/** Tries a few times: on a busy machine even a good answer may come after a deadline that is short for a test's sake. */
export const untilAnswered = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      if (tries === 10 || !(error instanceof GlueError && error.reason === 'timeout')) throw error;
    }
  }
};

/** Resolves when the simulator has received so many requests of an operation. */
export const received = async (simulator: Simulator, operation: string, count = 1): Promise<void> => {
  while ((simulator.requests.get(operation) ?? 0) < count) await new Promise(resolve => setImmediate(resolve));
};

/** All pages of something. */
export const everyPage = async <Run>(
  read: (glue: Glue, token: string | undefined) => Promise<{ runs: readonly Run[]; nextToken: string | undefined }>,
  glue: Glue,
): Promise<Run[]> => {
  const runs: Run[] = [];
  let token: string | undefined;
  do {
    const page = await read(glue, token);
    runs.push(...page.runs);
    token = page.nextToken;
  } while (token !== undefined);
  return runs;
};
