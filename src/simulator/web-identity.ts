import { ApiError } from './api-error.ts';

/** The tokens of an identity provider that STS trusts. */
export interface WebIdentities {
  /** Only these are good from now on; those that were good before have expired. */
  readonly set: (tokens: readonly string[]) => void;
  /** Throws what STS answers to a token that is not good. */
  readonly check: (token: string) => void;
}

/** Any token is good until tokens have been set. */
export const webIdentities = (tokens?: readonly string[]): WebIdentities => {
  let good = tokens;
  const expired = new Set<string>();
  return {
    set: next => {
      for (const token of good ?? []) expired.add(token);
      good = next;
    },
    check: token => {
      if (token === '') throw new ApiError('ValidationError', "Value at 'webIdentityToken' is invalid");
      if (good === undefined || good.includes(token)) return;
      if (expired.has(token)) throw new ApiError('ExpiredTokenException', 'Token expired');
      throw new ApiError('InvalidIdentityToken', 'The token is not of an identity provider of the account');
    },
  };
};
