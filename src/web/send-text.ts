import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Request, Response } from 'express';

const compress = promisify(gzip);

/** Less would not get smaller. */
const LEAST_BYTES = 1_000;

/** Whether a client takes gzip, as it says in Accept-Encoding. */
export const takesGzip = (request: Request): boolean => request.acceptsEncodings('gzip', 'identity') === 'gzip';

/** Answers with a text, compressed off the event loop where the client takes it. */
export const sendText = async (request: Request, response: Response, type: string, text: string): Promise<void> => {
  const plain = Buffer.from(text);
  response.set('X-Content-Type-Options', 'nosniff').type(type).vary('Accept-Encoding');
  if (plain.length < LEAST_BYTES || !takesGzip(request)) {
    response.send(plain);
    return;
  }
  const compressed = await compress(plain);
  response.set('Content-Encoding', 'gzip').send(compressed);
};
