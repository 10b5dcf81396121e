import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { ownTurn } from '../yield.ts';
import { createAgents } from './agents.ts';
import type { Network } from './network.ts';

/** A signed request, as the SDK hands it over. */
export interface SignedRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | undefined;
}

/** An answer with its whole body; names of headers are in lower case. */
export interface WholeAnswer {
  readonly statusCode: number;
  readonly reason: string | undefined;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
  /** When its headers came, seconds on the process's own clock. */
  readonly receivedAt: number;
}

/** The Date header of an answer, and when it came, seconds on the process's own clock. */
export interface DateOfAnswer {
  readonly header: string | undefined;
  readonly receivedAt: number;
}

/** One attempt at a request: how to end it, and its answer. */
export interface Exchange {
  /** Whether it was given up. A request that has not been sent by then is not sent at all. */
  isOver: boolean;
  /** Closes its connection. */
  cut: () => void;
  /** Called when the whole answer has arrived, before it is read. */
  answered: () => void;
  /** The body of a good answer; empty until then. */
  answer: string;
  /** Its date, which is to be trusted only once the body has turned out to be an answer of AWS. */
  date: DateOfAnswer | undefined;
}

export const newExchange = (): Exchange => ({
  isOver: false,
  cut: () => {},
  answered: () => {},
  answer: '',
  date: undefined,
});

/** HTTP over sockets that are kept open. */
export interface Wire {
  /** Rejects when the connection or the body breaks off; has no deadline but that of the exchange. */
  send(request: SignedRequest, exchange: Exchange): Promise<WholeAnswer>;
  close(): void;
}

export interface WireOptions {
  readonly network: Network;
  /** Connections to each host; more requests than that wait for one. */
  readonly maxSockets: number;
  /** How long it may take to be connected through a proxy. */
  readonly connectMs: number;
}

export const createWire = ({ network, maxSockets, connectMs }: WireOptions): Wire => {
  const agents = createAgents(network, maxSockets, connectMs);
  const trust = network.secureContext === undefined ? {} : { secureContext: network.secureContext };
  const open = (request: SignedRequest) => {
    const { protocol, hostname, path, method, headers } = request;
    const secure = protocol === 'https:';
    // An IPv6 address has brackets in a URL only.
    const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
    const port = request.port ?? (secure ? 443 : 80);
    const options = { protocol, host, port, path, method, headers, agent: agents.agentFor(secure, host, port) };
    return secure ? httpsRequest({ ...options, ...trust }) : httpRequest(options);
  };
  return {
    send: (request, exchange) =>
      new Promise((resolve, reject) => {
        if (exchange.isOver) {
          reject(new Error('given up before it was sent'));
          return;
        }
        const sent = open(request);
        exchange.cut = () => sent.destroy();
        sent.on('error', reject);
        const endedEarly = (): void => reject(new Error('socket hang up'));
        sent.on('close', endedEarly);
        // Nobody asked for another protocol. Node says nothing more of such a request.
        sent.on('upgrade', (_answer, socket) => {
          socket.destroy();
          reject(new SyntaxError('the answer speaks another protocol'));
        });
        sent.on('response', answer => {
          // The connection can be closed before all that came over it is read.
          sent.off('close', endedEarly);
          const receivedAt = performance.now() / 1000;
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          // A body that ends before its time, too.
          answer.on('error', reject);
          answer.on('end', () => {
            exchange.answered();
            const [first] = chunks;
            const whole: WholeAnswer = {
              statusCode: answer.statusCode ?? 0,
              reason: answer.statusMessage,
              headers: plainHeaders(answer.headers),
              body: first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks),
              receivedAt,
            };
            // Many can come at the same time, and each takes milliseconds to read.
            void ownTurn().then(() => resolve(whole));
          });
        });
        sent.end(request.body);
      }),
    close: agents.close,
  };
};

const plainHeaders = (headers: IncomingHttpHeaders): Record<string, string> => {
  const plain: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return plain;
};
