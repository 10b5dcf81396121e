import { invalidInput } from './api-error.ts';
import { hashText } from './random.ts';

/**
 * Opaque tokens that hold a cursor and the number of their page, and are good only for the list that gave them out (the
 * scope: operation, account, region and name). They need no memory, so they outlive a restart of the simulator. The number
 * makes the token of an empty page another than the one that led to it.
 */
export const encodeToken = (scope: string, { page, cursor }: PagePlace): string =>
  Buffer.from(`${hashText(`${scope}\n${page}\n${cursor}`).toString(36)}:${page}:${cursor}`).toString('base64url');

/** Where a token leads; throws InvalidInputException for a damaged token and for another list's. */
export const decodeToken = (scope: string, token: string): PagePlace => {
  const [, pageText = '', cursor = ''] = /^[^:]*:(\d+):(.*)$/s.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  const place = { page: Number(pageText), cursor };
  if (pageText === '' || encodeToken(scope, place) !== token) throw invalidInput('Invalid NextToken');
  return place;
};

/** A place in a list: the number of the page that begins there, and the list's own cursor. */
export interface PagePlace {
  readonly page: number;
  readonly cursor: string;
}
