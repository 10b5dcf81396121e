import type { ServerResponse } from 'node:http';
import { ApiError } from './api-error.ts';
import { type Random, randomStreams } from './random.ts';

export const faultKinds = [
  'throttle',
  'server_error',
  'access_denied',
  'expired_token',
  /** The connection is reset without an answer. */
  'reset',
  /** No answer, ever. */
  'stall',
  /** Headers and half of the body, and then nothing. */
  'stall_body',
  /** The body comes one byte each 100 ms. */
  'drip',
  /** Half of the body, and then the connection is closed. */
  'truncate',
  /** 200 without a body. */
  'empty',
  'html_200',
  'html_503',
  /** Lists never end: the token of each page is that of the page itself. */
  'repeat_token',
] as const;

export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
  readonly kind: FaultKind;
  /** The part of the requests that are hit, 0 to 1. */
  readonly rate: number;
  /** Only these operations, e.g. GetJobRuns or AssumeRole; all of them unless given. */
  readonly operations?: readonly string[];
  /** Only requests of this account. */
  readonly account?: string;
  /** Hits at most so many requests. */
  readonly times?: number;
}

export interface FaultInjector {
  readonly set: (faults: readonly Fault[]) => void;
  readonly active: () => readonly Fault[];
  /** Decides about one request: the first fault that hits it, if one does. */
  readonly draw: (operation: string, accountId: string | undefined) => FaultKind | undefined;
}

/** Which requests are hit is drawn from the seed, anew with each set. */
export const faultInjector = (seed: string): FaultInjector => {
  let active: readonly { readonly fault: Fault; readonly random: Random; hits: number }[] = [];
  return {
    set: faults => {
      active = faults.map((fault, index) => ({ fault, random: randomStreams(`${seed}/faults`)(index), hits: 0 }));
    },
    active: () => active.map(({ fault }) => fault),
    draw: (operation, accountId) => {
      for (const entry of active) {
        const { kind, rate, operations, account, times } = entry.fault;
        const concerned = (operations?.includes(operation) ?? true) && (account ?? accountId) === accountId;
        if (!concerned || entry.hits >= (times ?? Number.POSITIVE_INFINITY)) continue;
        if (entry.random() >= rate) continue;
        entry.hits += 1;
        return kind;
      }
      return undefined;
    },
  };
};

/** The error that a kind of fault stands for; undefined for those that break the transport instead. */
export const faultError = (kind: FaultKind | undefined): ApiError | undefined => {
  switch (kind) {
    case 'throttle':
      return new ApiError('ThrottlingException', 'Rate exceeded');
    case 'server_error':
      return new ApiError('InternalServiceException', 'An internal service error occurred.', 500);
    case 'access_denied':
      return new ApiError('AccessDeniedException', 'User is not authorized to perform this operation.');
    case 'expired_token':
      return new ApiError('ExpiredTokenException', 'The security token included in the request is expired');
    default:
      return undefined;
  }
};

const html = '<!DOCTYPE html><html><body><h1>A proxy says hello</h1></body></html>';

const sendHtml = (response: ServerResponse, status: number): void => {
  response.writeHead(status, { 'Content-Type': 'text/html' }).end(html);
};

/** Sends a good answer as badly as the fault asks. The response's own headers have been set. */
export const sendFaulty = (response: ServerResponse, kind: FaultKind | undefined, body: string): void => {
  const bytes = Buffer.from(body);
  const half = bytes.subarray(0, bytes.length >> 1);
  const announce = () => response.writeHead(200, { 'Content-Length': bytes.length });
  switch (kind) {
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'stall':
      return;
    case 'stall_body':
      announce().write(half);
      return;
    case 'truncate':
      announce().write(half, () => response.socket?.destroySoon());
      return;
    case 'drip': {
      announce().flushHeaders();
      let sent = 0;
      const drip = setInterval(() => {
        response.write(bytes.subarray(sent, sent + 1));
        sent += 1;
        if (sent >= bytes.length) response.end();
      }, 100);
      response.once('close', () => clearInterval(drip));
      return;
    }
    case 'empty':
      response.writeHead(200, { 'Content-Length': 0 }).end();
      return;
    case 'html_200':
      sendHtml(response, 200);
      return;
    case 'html_503':
      sendHtml(response, 503);
      return;
    default:
      announce().end(bytes);
  }
};
