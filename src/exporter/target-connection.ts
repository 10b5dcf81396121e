import { setMaxListeners } from 'node:events';
import type { Target } from '../config/config.ts';
import { connectGlue } from '../glue/client.ts';
import type { StaticCredentials } from '../glue/credentials.ts';
import { EnvironmentError, type Variables } from '../glue/environment.ts';
import type { Glue, RequestObserver } from '../glue/glue.ts';
import { openNetwork } from '../glue/network.ts';
import type { Log } from '../log.ts';
import { createBudget, type RequestBudget } from '../poll/budget.ts';
import type { InFlight } from '../poll/in-flight.ts';
import { createWatchdog, type Watchdog } from '../poll/watchdog.ts';
import type { Shard } from '../shard.ts';
import { NoRegionError } from './no-region.ts';

/** A target's connection to AWS with the budget of its requests. */
export interface TargetConnection {
  readonly glue: Glue;
  readonly region: string;
  readonly budget: RequestBudget;
  /** What the budget allows while AWS does not throttle. */
  readonly fullRequestsPerSecond: number;
  readonly watchdog: Watchdog;
  /** Aborts when the connection is closed. */
  readonly signal: AbortSignal;
  /** Sets the observer of its requests. Call it before the first one. */
  observe(observer: RequestObserver): void;
  /** Ends what is under way. */
  close(): void;
}

export interface ConnectionOptions {
  readonly log: Log;
  /** Only for the demo: real credentials must not be sent to a simulator. */
  readonly credentials: StaticCredentials | undefined;
  /** Of the process: proxies, authorities, profiles. */
  readonly variables: Variables;
  readonly shard: Shard;
  /** Bounds the requests in flight of all targets. */
  readonly inFlight: InFlight;
  /** Seconds since the process started, on a clock that only runs forward. */
  readonly uptime: () => number;
}

/** A poll that sends nothing and does not end for so long, beyond what request time-outs and budget explain, is stuck. */
const STUCK_AFTER_SECONDS = 300;

/** Connects to a target; sends nothing to AWS yet. Rejects with a NoRegionError or an EnvironmentError. */
export const connectTarget = async (target: Target, options: ConnectionOptions): Promise<TargetConnection> => {
  const { aws } = target;
  const { credentials, variables, uptime } = options;
  const stopping = new AbortController();
  // Every request under way listens to it; Node would warn of a leak from the eleventh on.
  setMaxListeners(0, stopping.signal);
  // The account's budget is shared by all shards.
  const fullRequestsPerSecond = aws.requestsPerSecond / options.shard.shards;
  const budget = createBudget(fullRequestsPerSecond, undefined, options.inFlight);
  const longestPauseSeconds = (): number => aws.requestTimeoutSeconds + 1 / budget.leastPerSecond;
  const watchdog = createWatchdog(() => STUCK_AFTER_SECONDS + longestPauseSeconds(), uptime);
  let observer: RequestObserver = UNOBSERVED;
  const glue = connectGlue(
    target,
    {
      requestTimeoutSeconds: aws.requestTimeoutSeconds,
      maxAttempts: aws.maxAttempts,
      maxSockets: target.poll.concurrency,
    },
    {
      observer: {
        requested: operation => observer.requested(operation),
        failed: (operation, reason) => observer.failed(operation, reason),
        unknownValue: (field, value) => observer.unknownValue(field, value),
      },
      async admit(signal, over) {
        await budget.admit(signal, over);
        watchdog.progress();
      },
      signal: stopping.signal,
      credentials,
      network: await openNetwork(variables, target.profile),
      variables,
    },
  );
  return {
    glue,
    region: await regionOf(glue, options.log),
    budget,
    fullRequestsPerSecond,
    watchdog,
    signal: stopping.signal,
    observe(given) {
      observer = given;
    },
    close() {
      stopping.abort();
      glue.close();
    },
  };
};

const UNOBSERVED: RequestObserver = { requested: () => {}, failed: () => {}, unknownValue: () => {} };

const regionOf = (glue: Glue, log: Log): Promise<string> =>
  glue.region().catch((error: unknown) => {
    if (error instanceof EnvironmentError) throw error;
    log.debug('The SDK found no region', { error: `${error}` });
    throw new NoRegionError('no AWS region is known');
  });
