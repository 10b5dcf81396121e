import { invalidInput } from './api-error.ts';
import { hashText } from './random.ts';

/**
 * Opaque tokens that hold a cursor and are good only for the list that gave them out (the scope: operation, account, region
 * and name). They need no memory, so they outlive a restart of the simulator.
 */
export const encodeToken = (scope: string, cursor: string): string =>
  Buffer.from(`${hashText(`${scope}\n${cursor}`).toString(36)}:${cursor}`).toString('base64url');

/** The cursor of a token; throws InvalidInputException for a damaged token and for another list's. */
export const decodeToken = (scope: string, token: string): string => {
  const text = Buffer.from(token, 'base64url').toString();
  const colon = text.indexOf(':');
  const cursor = text.slice(colon + 1);
  if (colon < 0 || encodeToken(scope, cursor) !== token) throw invalidInput('Invalid NextToken');
  return cursor;
};
