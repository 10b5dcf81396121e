import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { accountsOf, type Caller } from './accounts.ts';
import { ApiError } from './api-error.ts';
import { type Clock, realClock } from './clock.ts';
import { answerControl } from './control.ts';
import { type Fault, faultError, faultInjector, sendFaulty } from './faults.ts';
import { answerGlue } from './glue-operations.ts';
import { randomStreams } from './random.ts';
import { answerSts, stsErrorBody } from './sts.ts';
import type { World } from './world.ts';

export interface SimulatorOptions {
  /** One per account and region. The first one's account is that of all callers who have assumed no role. */
  readonly worlds: readonly World[];
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
}

export interface Simulator {
  /** http://HOST:PORT, for Glue and STS alike. */
  readonly endpoint: string;
  /** Simulated epoch seconds. */
  now(): number;
  /** Requests as received, per operation, the failed ones too. */
  readonly requests: ReadonlyMap<string, number>;
  /** Replaces the faults; [] for none. */
  setFaults(faults: readonly Fault[]): void;
  /** Stops listening and destroys the open connections, too. */
  close(): Promise<void>;
}

const bodyLimitBytes = 1024 * 1024;

const readBody = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > bodyLimitBytes) throw new ApiError('RequestEntityTooLargeException', 'The request is too large', 413);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString();
};

interface Question {
  readonly service: 'glue' | 'sts';
  readonly operation: string;
  readonly body: string;
  readonly query: URLSearchParams;
}

/** Glue names the operation in a header, STS in the form. */
const questionOf = (request: IncomingMessage, body: string): Question => {
  const form = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
  const query = new URLSearchParams(form ? body : '');
  const target = request.headers['x-amz-target'];
  const operation = form
    ? query.get('Action')
    : typeof target === 'string'
      ? /^AWSGlue\.(\w+)$/.exec(target)?.[1]
      : undefined;
  return { service: form ? 'sts' : 'glue', operation: operation ?? 'unknown', body, query };
};

const headerOf = (request: IncomingMessage, name: string): string | undefined => {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
};

const contentTypes = { glue: 'application/x-amz-json-1.1', sts: 'text/xml' } as const;

/** Starts a Glue and STS that answer from the given worlds; rejects when the port is taken. */
export const startSimulator = async (options: SimulatorOptions): Promise<Simulator> => {
  const { worlds, port = 0, host = '127.0.0.1', clock = realClock, latencySeconds = 0 } = options;
  const seed = String(options.seed ?? 'simulator');
  const accounts = accountsOf(worlds);
  const faults = faultInjector(seed);
  const random = randomStreams(`${seed}/short pages`)(0);
  const pageSize = (asked: number): number => (options.shortPages ? Math.floor(random() * (asked + 1)) : asked);
  const requests = new Map<string, number>();

  const answer = (
    question: Question,
    caller: Caller | undefined,
    requestId: string,
    at: number,
    repeatToken: boolean,
  ) => {
    if (caller === undefined)
      throw new ApiError('MissingAuthenticationTokenException', 'Missing Authentication Token', 403);
    if (question.service === 'sts') return answerSts(question.query, accounts, caller, requestId);
    const context = { region: accounts.region(caller), at, pageSize, repeatToken };
    return JSON.stringify(answerGlue(question.operation, question.body, context));
  };

  const sendError = (
    response: ServerResponse,
    service: Question['service'],
    error: ApiError,
    requestId: string,
  ): void => {
    const body =
      service === 'sts'
        ? stsErrorBody(error, requestId)
        : JSON.stringify({ __type: error.code, Message: error.message });
    response.writeHead(error.status, { 'Content-Length': Buffer.byteLength(body) }).end(body);
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const requestId = randomUUID();
    const path = request.url ?? '/';
    response.sendDate = false;
    if (request.method !== 'POST' || path !== '/') {
      const { status, text } = answerControl(request.method ?? 'GET', path, faults, endpoint);
      response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(text);
      return;
    }
    let service: Question['service'] = 'glue';
    try {
      const question = questionOf(request, await readBody(request));
      service = question.service;
      requests.set(question.operation, (requests.get(question.operation) ?? 0) + 1);
      if (latencySeconds > 0) await sleep(latencySeconds * 1000, undefined, { ref: false });
      const at = Math.floor(clock() * 1000) / 1000;
      response.setHeader('Date', new Date(at * 1000).toUTCString());
      response.setHeader('x-amzn-RequestId', requestId);
      response.setHeader('Content-Type', contentTypes[service]);
      const caller = accounts.caller(request.headers.authorization, headerOf(request, 'x-amz-security-token'));
      const fault = faults.draw(question.operation, caller?.accountId);
      const error = faultError(fault);
      if (error !== undefined) throw error;
      sendFaulty(response, fault, answer(question, caller, requestId, at, fault === 'repeat_token'));
    } catch (error) {
      // Anything else is a client that hung up in the middle of its request, or a mistake in here.
      const known = error instanceof ApiError ? error : new ApiError('InternalServiceException', String(error), 500);
      if (!response.headersSent && !response.destroyed) sendError(response, service, known, requestId);
    }
  };

  const server = createServer((request, response) => void handle(request, response));
  // An idle connection that is closed just when the SDK uses it again would be a fault that nobody asked for.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const actualPort = typeof address === 'object' && address !== null ? address.port : port;
  const endpoint = `http://${host.includes(':') ? `[${host}]` : host}:${actualPort}`;

  return {
    endpoint,
    now: clock,
    requests,
    setFaults: faults.set,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
