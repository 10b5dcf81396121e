import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Accounts, accountsOf, admitted, type Caller } from './accounts.ts';
import { ApiError } from './api-error.ts';
import { type Clock, realClock } from './clock.ts';
import { answerContainer, containerErrorBody, containerPath } from './container.ts';
import { answerControl } from './control.ts';
import { needsGoodAnswer, spoiltAnswer } from './corrupt-responses.ts';
import { faultError } from './fault-errors.ts';
import { type DrawnFault, type Fault, type FaultKind, faultInjector, skewOf } from './faults.ts';
import { bendsHistories, faultyHistory } from './faulty-histories.ts';
import { answerGlue, type GlueContext } from './glue-operations.ts';
import { kinds as allKinds } from './kinds/index.ts';
import type { WireKind } from './kinds/kind.ts';
import { operationsOf } from './kinds/known-operation.ts';
import { startListening } from './listening.ts';
import { randomStreams } from './random.ts';
import { headerOf, isQuestion, type Question, questionOf, readBody } from './request.ts';
import { type RequestListener, requestLog } from './request-log.ts';
import { sendFaulty } from './send.ts';
import type { SessionOptions } from './sessions.ts';
import { checkSignatureRegion } from './signature-scope.ts';
import { checkSignatureTime } from './signature-time.ts';
import { accountOfRole, answerSts, stsErrorBody } from './sts.ts';
import { webIdentities } from './web-identity.ts';
import type { World } from './world.ts';

export interface SimulatorOptions {
  /** One per account and region. The first one's account is that of all callers who have assumed no role. */
  readonly worlds: readonly World[];
  /** The kinds of entities whose operations are answered; those that the worlds of the simulator have unless given. */
  readonly kinds?: readonly WireKind[];
  /** 0, the default, takes any free one. */
  readonly port?: number;
  readonly host?: string;
  /** Simulated epoch seconds; real time unless given. It must not go back. */
  readonly clock?: Clock;
  /** Settles which requests are hit by faults and which pages are short. */
  readonly seed?: number | string;
  /** Pages hold a random part of what was asked for, sometimes nothing, as Glue may do. */
  readonly shortPages?: boolean;
  /** Real seconds that every answer takes at least. */
  readonly latencySeconds?: number;
  /** How long the credentials of roles and containers last. */
  readonly sessions?: SessionOptions;
  /** How far the time of a request's signature may be from the simulated time: 300 at AWS; any unless given. */
  readonly signatureToleranceSeconds?: number;
  /** The region that requests to STS must be signed for; any unless given. */
  readonly stsRegion?: string;
  /** The web identity tokens that STS accepts; any unless given. */
  readonly webIdentityTokens?: readonly string[];
  /** The Authorization header that the containers' credentials are given for; any unless given. */
  readonly containerAuthorization?: string;
  /** Is told of every request as it is received. */
  readonly onRequest?: RequestListener;
}

export interface Simulator {
  /** http://HOST:PORT, for Glue and STS alike. */
  readonly endpoint: string;
  /** For AWS_CONTAINER_CREDENTIALS_FULL_URI. */
  readonly credentialsUri: string;
  /** Simulated epoch seconds. */
  now(): number;
  /** Requests as received, per operation, the failed ones too. */
  readonly requests: ReadonlyMap<string, number>;
  /** The same per account: that of the caller or, for AssumeRoleWithWebIdentity, of the role. */
  readonly requestsByAccount: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** How many requests each kind of fault has really hit, over all sets of faults. */
  readonly faultHits: ReadonlyMap<FaultKind, number>;
  /** Replaces the faults; [] for none. Throws RangeError for one that is wrong. */
  setFaults(faults: readonly Fault[]): void;
  /** Only these web identity tokens are good from now on; those that were good before have expired. */
  setWebIdentityTokens(tokens: readonly string[]): void;
  setContainerAuthorization(token: string): void;
  /** Refuses connections and cuts the open ones until resume(), which takes the same port. Nothing is forgotten. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Stops listening and destroys the open connections, too. */
  close(): Promise<void>;
}

const contentTypes = { glue: 'application/x-amz-json-1.1', sts: 'text/xml', container: 'application/json' } as const;

/** The account that a request is made in, as far as it can be known. */
const accountOf = (question: Question, caller: Caller | undefined, accounts: Accounts): string | undefined => {
  if (question.service === 'container') return accounts.first;
  return caller?.accountId ?? accountOfRole(question.form.get('RoleArn') ?? '');
};

const errorBody = (service: Question['service'], error: ApiError, requestId: string): string => {
  if (service === 'sts') return stsErrorBody(error, requestId);
  if (service === 'container') return containerErrorBody(error);
  return JSON.stringify({ __type: error.code, Message: error.message });
};

/** Whatever is not an answer of AWS is a mistake in here. */
const knownError = (error: unknown): ApiError =>
  error instanceof ApiError ? error : new ApiError('InternalServiceException', String(error), 500);

/** What is known of a request besides the question. */
interface Asked {
  readonly caller: Caller | undefined;
  readonly authorization: string | undefined;
  /** When it says that it was signed. */
  readonly amzDate: string | undefined;
  /** Simulated epoch seconds. */
  readonly at: number;
  readonly requestId: string;
}

/** An answer with histories as a fault shows them; says so when that makes a difference to the good one. */
const withFaultyHistory = (question: Question, context: GlueContext, good: string, drawn: DrawnFault): string => {
  try {
    const history = faultyHistory(drawn.fault);
    const answer = JSON.stringify(answerGlue(question, { ...context, history }));
    if (answer !== good) drawn.hit();
    return answer;
  } catch (error) {
    drawn.hit();
    throw error;
  }
};

/** Starts a Glue and STS that answer from the given worlds; rejects when the port is taken. */
export const startSimulator = async (options: SimulatorOptions): Promise<Simulator> => {
  const { worlds, port = 0, host = '127.0.0.1', clock = realClock, latencySeconds = 0, sessions = {} } = options;
  const { signatureToleranceSeconds = Number.POSITIVE_INFINITY } = options;
  const seed = String(options.seed ?? 'simulator');
  const accounts = accountsOf(worlds);
  const operations = operationsOf(options.kinds ?? allKinds);
  const faults = faultInjector(seed);
  const identities = webIdentities(options.webIdentityTokens);
  let { containerAuthorization } = options;
  const random = randomStreams(`${seed}/short pages`)(0);

  /** The sizes of the pages of one answer, the same ones when it is made twice. */
  const pageSizeOf = (fault: FaultKind | undefined): GlueContext['pageSize'] => {
    if (!options.shortPages && fault !== 'short_pages') return asked => asked;
    let share: number | undefined;
    return asked => {
      share ??= random();
      return Math.floor(share * (asked + 1));
    };
  };
  const log = requestLog(options.onRequest);

  const answerOfGlue = (question: Question, asking: Caller | undefined, at: number, drawn?: DrawnFault): string => {
    const caller = admitted(asking, 'ExpiredTokenException', 400);
    const fault = drawn?.fault.kind;
    const context = { region: accounts.region(caller), at, pageSize: pageSizeOf(fault), fault };
    const answer = answerGlue(question, context);
    if (drawn === undefined) return JSON.stringify(answer);
    if (bendsHistories(drawn.fault.kind)) return withFaultyHistory(question, context, JSON.stringify(answer), drawn);
    return JSON.stringify(spoiltAnswer(answer, question.known, drawn));
  };

  /** The status and the body of the answer, be it good or an error. */
  const replyTo = (question: Question, asked: Asked, drawn: DrawnFault | undefined): readonly [number, string] => {
    const { caller, authorization, requestId } = asked;
    try {
      const error = faultError(drawn?.fault.kind, question);
      if (error !== undefined) throw error;
      checkSignatureTime(question.service, asked.amzDate, asked.at, signatureToleranceSeconds);
      switch (question.service) {
        case 'glue':
          return [200, answerOfGlue(question, caller, asked.at, drawn)];
        case 'sts':
          checkSignatureRegion(authorization, options.stsRegion);
          return [200, answerSts(question.form, { accounts, caller, sessions, webIdentities: identities, requestId })];
        case 'container': {
          const token = { asked: containerAuthorization, sent: authorization };
          return [200, answerContainer(accounts.first, token, sessions)];
        }
      }
    } catch (error) {
      const known = knownError(error);
      return [known.status, errorBody(question.service, known, requestId)];
    }
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const requestId = randomUUID();
    response.sendDate = false;
    if (!isQuestion(request)) {
      const { status, text } = answerControl(request.method ?? 'GET', request.url ?? '/', faults, endpoint);
      response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(text);
      return;
    }
    try {
      const question = questionOf(request, await readBody(request), operations);
      const { authorization } = request.headers;
      const amzDate = headerOf(request, 'x-amz-date');
      const caller = accounts.caller(authorization, headerOf(request, 'x-amz-security-token'));
      const accountId = accountOf(question, caller, accounts);
      log.add(question.operation, accountId);
      if (latencySeconds > 0) await sleep(latencySeconds * 1000, undefined, { ref: false });
      const at = Math.floor(clock() * 1000) / 1000;
      const drawn = faults.draw({ ...question, accountId });
      response.setHeader('Date', new Date((at + skewOf(drawn?.fault)) * 1000).toUTCString());
      response.setHeader('x-amzn-RequestId', requestId);
      response.setHeader('Content-Type', contentTypes[question.service]);
      if (drawn !== undefined && !needsGoodAnswer(drawn.fault.kind)) drawn.hit();
      const [status, body] = replyTo(question, { caller, authorization, amzDate, at, requestId }, drawn);
      sendFaulty(response, drawn?.fault, status, body);
    } catch (error) {
      // A body that is too large, or a client that hung up in the middle of its request.
      const known = knownError(error);
      if (response.headersSent || response.destroyed) return;
      const body = errorBody('glue', known, requestId);
      response.writeHead(known.status, { 'Content-Length': Buffer.byteLength(body) }).end(body);
    }
  };

  const server = createServer((request, response) => void handle(request, response));
  // An idle connection that is closed just when the SDK uses it again would be a fault that nobody asked for.
  server.keepAliveTimeout = 0;
  const listening = await startListening(server, port, host);
  const endpoint = `http://${host.includes(':') ? `[${host}]` : host}:${listening.port}`;

  return {
    endpoint,
    credentialsUri: `${endpoint}${containerPath}`,
    now: clock,
    requests: log.byOperation,
    requestsByAccount: log.byAccount,
    faultHits: faults.hits,
    setFaults: faults.set,
    setWebIdentityTokens: identities.set,
    setContainerAuthorization: token => {
      containerAuthorization = token;
    },
    pause: listening.pause,
    resume: listening.resume,
    close: listening.pause,
  };
};
