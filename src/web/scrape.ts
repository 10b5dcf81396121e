import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Request, RequestHandler, Response } from 'express';
import { TEXT_CONTENT_TYPE } from '../metrics/text.ts';

/** 3 rather than zlib's 6: a third of the time for a few per cent more bytes. */
const GZIP_LEVEL = 3;

const compress = promisify<Buffer, { level: number }, Buffer>(gzip);

/**
 * Answers scrapes with the exposition, compressed where the client takes it. No more than `maxRequests` at once, 0 for any number: a
 * scrape is under way until its exposition is put together, asked for any longer or not, and its answer has left us.
 */
export const scrape = (metrics: () => Promise<string>, maxRequests: number): RequestHandler => {
  let underWay = 0;
  return async (request, response) => {
    if (maxRequests > 0 && underWay >= maxRequests) {
      const text = `Limit of concurrent requests reached (${maxRequests}), try again later.`;
      response.status(503).set('Retry-After', '1').type('text/plain').send(`${text}\n`);
      return;
    }
    // Its end has been told already, and would never free a place.
    if (response.destroyed) return;
    underWay += 1;
    const gone = new Promise<void>(resolve => response.once('close', resolve));
    try {
      await answer(metrics, request, response);
    } finally {
      void gone.then(() => {
        underWay -= 1;
      });
    }
  };
};

const answer = async (metrics: () => Promise<string>, request: Request, response: Response): Promise<void> => {
  const body = Buffer.from(await metrics());
  response.set('Content-Type', TEXT_CONTENT_TYPE).vary('Accept-Encoding');
  if (!takesGzip(request)) {
    response.set('Content-Length', `${body.length}`).end(body);
    return;
  }
  const zipped = await compress(body, { level: GZIP_LEVEL });
  response.set({ 'Content-Encoding': 'gzip', 'Content-Length': `${zipped.length}` }).end(zipped);
};

const takesGzip = (request: Request): boolean => request.acceptsEncodings('gzip', 'identity') === 'gzip';
