import type { Request, RequestHandler, Response } from 'express';
import { CONTENT_TYPES } from '../metrics/format.ts';
import type { Scrape } from '../metrics/scrapes.ts';
import { nextTurn } from '../yield.ts';
import { formatFor } from './accept.ts';
import { ended, hasEnded } from './answer-end.ts';
import { takesGzip } from './send-text.ts';

/** About as much is handed to the socket at once: more of it would hold up everything else. */
const BATCH_BYTES = 4_000_000;

/**
 * Answers scrapes with the exposition, compressed where the client takes it. No more than `maxRequests` at once, 0 for any number: a
 * scrape is under way until its exposition is put together, asked for any longer or not, and its answer has left us.
 */
export const scrape = (metrics: Scrape, maxRequests: number): RequestHandler => {
  let underWay = 0;
  return async (request, response) => {
    if (maxRequests > 0 && underWay >= maxRequests) {
      const text = `Limit of concurrent requests reached (${maxRequests}), try again later.`;
      response.status(503).set('Retry-After', '1').type('text/plain').send(`${text}\n`);
      return;
    }
    // Nothing is put together for who has gone.
    if (hasEnded(response)) return;
    underWay += 1;
    const over = ended(response);
    try {
      await answer(metrics, request, response, over);
    } finally {
      void over.then(() => {
        underWay -= 1;
      });
    }
  };
};

const answer = async (metrics: Scrape, request: Request, response: Response, over: Promise<void>): Promise<void> => {
  const format = formatFor(request.headers.accept);
  const gzip = takesGzip(request);
  let sent = Promise.resolve();
  const rest = await metrics({ format, gzip }, first => {
    response.set('Content-Type', CONTENT_TYPES[format]).vary('Accept').vary('Accept-Encoding');
    if (gzip) response.set('Content-Encoding', 'gzip');
    sent = send(response, first, over);
  });
  await sent;
  await send(response, rest, over);
  if (!hasEnded(response)) response.end();
};

/** Sends bytes, which Node leaves out for HEAD, as fast as they are read at the other end. Resolves as well when they no longer are. */
const send = async (response: Response, bytes: readonly Buffer[], over: Promise<void>): Promise<void> => {
  if (hasEnded(response)) return;
  let batch = 0;
  response.cork();
  for (const part of bytes) {
    batch += part.length;
    if (batch < BATCH_BYTES) {
      response.write(part);
      continue;
    }
    const sent = written(response, part, over);
    response.uncork();
    await sent;
    // Where the network takes all of it at once, that comes before anybody else's turn.
    await nextTurn();
    if (hasEnded(response)) return;
    batch = 0;
    response.cork();
  }
  response.uncork();
};

/**
 * Hands over a part. Resolves when it and everything before it have left this process, or no longer need to. The `drain` event
 * does not say that: Node 20 also emits it on an answer when bytes are queued for a later one of the same connection.
 */
const written = (response: Response, part: Buffer, over: Promise<void>): Promise<void> =>
  new Promise(resolve => {
    response.write(part, () => resolve());
    void over.then(resolve);
  });
