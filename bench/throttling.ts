import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { GetJobRunsCommand, GlueClient } from '@aws-sdk/client-glue';
import { readJobRuns } from '../src/collectors/jobs/runs.ts';
import { connectGlue } from '../src/glue/client.ts';
import { createBudget } from '../src/poll/budget.ts';

/** How a way of asking behaves towards an account that grants less than is wanted. */
export interface ThrottlingRow {
  readonly what: string;
  readonly throttledPerMinute: number;
  readonly goodPerSecond: number;
  /** Of what the account granted while it granted too little, how much was of use; 0 to 1. */
  readonly grantedShareUsed: number;
  /** Of the requests of somebody else in the same account, who asks once a second at random, how many were turned down; 0 to 1. */
  readonly neighbourTurnedDown: number;
  /** From the moment that the account grants everything until nine tenths of what is wanted come; undefined: not seen. */
  readonly secondsToRecover: number | undefined;
}

export interface ThrottlingBenchOptions {
  readonly throttledSeconds?: number;
  readonly recoverySeconds?: number;
}

const WANTED_PER_SECOND = 10;
const GRANTED_PER_SECOND = 3;
const CONCURRENCY = 8;
const MAX_ATTEMPTS = 4;
/** How long an answer takes. */
const LATENCY_MS = 50;
const WINDOW_SECONDS = 2;

const region = 'eu-west-1';
const credentials = { accessKeyId: 'AKIATESTTESTTESTTEST', secretAccessKey: 'secret' };
const now = (): number => performance.now() / 1000;

/** A token bucket that holds the requests of one second, as accounts have them. */
const createAccount = () => {
  let perSecond = GRANTED_PER_SECOND;
  let tokens: number = GRANTED_PER_SECOND;
  let at = now();
  return {
    grants(): boolean {
      const time = now();
      tokens = Math.min(perSecond, tokens + (time - at) * perSecond);
      at = time;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
    lift(): void {
      perSecond = 100 * WANTED_PER_SECOND;
    },
  };
};
type Account = ReturnType<typeof createAccount>;

/** Answers GetJobRuns as AWS does while the account grants it, and with AWS's refusal otherwise. */
const startServer = async (account: Account) => {
  const good: number[] = [];
  const throttled: number[] = [];
  const server = createServer((request, response) => {
    request.resume();
    const isGranted = account.grants();
    (isGranted ? good : throttled).push(now());
    const body = isGranted ? { JobRuns: [] } : { __type: 'ThrottlingException', message: 'Rate exceeded' };
    setTimeout(() => {
      response.writeHead(isGranted ? 200 : 400, { 'Content-Type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(body));
    }, LATENCY_MS);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { endpoint: `http://127.0.0.1:${port}`, good, throttled, close };
};

interface Way {
  readonly what: string;
  /** One call with all its attempts; rejects when the last one fails. */
  readonly call: () => Promise<unknown>;
  readonly close: () => void;
}
type OpenWay = (endpoint: string, signal: AbortSignal) => Way;

const ours: OpenWay = (endpoint, signal) => {
  const budget = createBudget(WANTED_PER_SECOND);
  const address = { roleArn: undefined, externalId: undefined, accountId: undefined, stsEndpoint: undefined };
  const glue = connectGlue(
    { ...address, region, endpoint },
    { requestTimeoutSeconds: 15, maxAttempts: MAX_ATTEMPTS, maxSockets: CONCURRENCY },
    {
      observer: {
        requested: () => {},
        failed: (_operation, reason) => {
          if (reason === 'throttled') budget.throttled();
        },
        unknownValue: () => {},
      },
      admit: budget.admit,
      signal,
      credentials,
    },
  );
  return {
    what: 'aws-glue-exporter',
    call: () => readJobRuns(glue, { name: 'etl' }, 10, undefined),
    close: glue.close,
  };
};

/** The SDK's own retries, asked no faster than we are. */
const sdk =
  (retryMode: 'standard' | 'adaptive'): OpenWay =>
  (endpoint, signal) => {
    const pace = createBudget(WANTED_PER_SECOND);
    const client = new GlueClient({ region, endpoint, credentials, retryMode, maxAttempts: MAX_ATTEMPTS });
    return {
      what: `the SDK in ${retryMode} mode`,
      async call() {
        await pace.admit(signal);
        return client.send(new GetJobRunsCommand({ JobName: 'etl' }), { abortSignal: signal });
      },
      close: () => client.destroy(),
    };
  };

/** Asks once a second on average, at random, and takes what it gets. */
const neighbourOf = (account: Account) => {
  const answers: boolean[] = [];
  let timer: NodeJS.Timeout;
  const wait = (): void => {
    timer = setTimeout(ask, -Math.log(1 - Math.random()) * 1000);
  };
  const ask = (): void => {
    answers.push(account.grants());
    wait();
  };
  wait();
  return { answers, stop: () => clearTimeout(timer) };
};

/** When the window that first held nine tenths of what is wanted had ended. */
const recoveryOf = (good: readonly number[], liftedAt: number): number | undefined => {
  const enough = Math.ceil(0.9 * WANTED_PER_SECOND * WINDOW_SECONDS);
  const after = good.filter(at => at >= liftedAt);
  const end = after.find((at, index) => {
    const first = after[index + 1 - enough];
    return first !== undefined && at - first <= WINDOW_SECONDS;
  });
  return end === undefined ? undefined : end - liftedAt;
};

const measure = async (open: OpenWay, throttledSeconds: number, recoverySeconds: number): Promise<ThrottlingRow> => {
  const account = createAccount();
  const server = await startServer(account);
  const stopping = new AbortController();
  const way = open(server.endpoint, stopping.signal);
  const neighbour = neighbourOf(account);
  const work = async (): Promise<void> => {
    while (!stopping.signal.aborted) await way.call().catch(() => {});
  };
  const startedAt = now();
  const workers = Array.from({ length: CONCURRENCY }, work);
  await pause(throttledSeconds * 1000);
  neighbour.stop();
  const seconds = now() - startedAt;
  const [good, throttled] = [server.good.length, server.throttled.length];
  const granted = GRANTED_PER_SECOND * (seconds + 1) - neighbour.answers.filter(Boolean).length;
  account.lift();
  const liftedAt = now();
  await pause(recoverySeconds * 1000);
  stopping.abort();
  await Promise.all(workers);
  way.close();
  server.close();
  return {
    what: way.what,
    throttledPerMinute: (throttled / seconds) * 60,
    goodPerSecond: good / seconds,
    grantedShareUsed: good / granted,
    neighbourTurnedDown: neighbour.answers.filter(answer => !answer).length / neighbour.answers.length,
    secondsToRecover: recoveryOf(server.good, liftedAt),
  };
};

/**
 * We and the SDK's two modes, each towards an account of its own that grants 3 requests a second where 10 are wanted, at the same
 * time and in real time: their pauses are what is measured.
 */
export const measureThrottling = async (options: ThrottlingBenchOptions = {}): Promise<readonly ThrottlingRow[]> => {
  const { throttledSeconds = 30, recoverySeconds = 25 } = options;
  const ways = [ours, sdk('adaptive'), sdk('standard')];
  return Promise.all(ways.map(open => measure(open, throttledSeconds, recoverySeconds)));
};
