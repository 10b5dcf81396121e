import { createHmac, randomBytes } from 'node:crypto';
import type { RunInTurn } from './fair-queue.ts';

export interface Login {
  readonly user: string;
  readonly password: Buffer;
}

/** Who wants to know. */
export interface Asker {
  readonly address: string;
  /** Nobody waits for the answer any more. */
  isGone(): boolean;
}

/** Busy: so many wait to be checked that this one was not. */
export type LoginResult = 'right' | 'wrong' | 'busy';

/** Whether a password has a bcrypt hash of the form $2b$. Runs outside the event loop. */
export type Compare = (password: Buffer, hash: string) => Promise<boolean>;

export type CheckLogin = (login: Login, asker: Asker) => Promise<LoginResult>;

/** More than there are users and scrapers in any sane setup. */
const MAX_REMEMBERED = 1_000;

/**
 * Checks logins against bcrypt hashes by user name. A hash takes some 60 ms of a processor, so: one at a time, the right ones are
 * remembered, and equal ones under way are checked once. Makes its own memory; a new set of users needs a new one.
 */
export const createLogins = (
  users: ReadonlyMap<string, string>,
  runInTurn: RunInTurn,
  compare: Compare,
): CheckLogin => {
  // What is remembered is worth nothing to who reads it, not even for guessing.
  const secret = randomBytes(32);
  const digest = (...parts: readonly (string | Buffer)[]): Buffer => {
    const hmac = createHmac('sha256', secret);
    for (const part of parts) hmac.update(`${Buffer.byteLength(part)}:`).update(part);
    return hmac.digest();
  };
  const hashes = [...users.values()].map(comparable);
  /** An unknown user takes as long as one of the known ones, and always the same one. */
  const hashFor = (user: string): string => {
    const known = users.get(user);
    if (known !== undefined) return comparable(known);
    return hashes[digest(user).readUInt32BE() % hashes.length] ?? '';
  };

  const remembered = new Set<string>();
  const underWay = new Map<string, { readonly verdict: Promise<LoginResult>; readonly askers: Asker[] }>();

  const remember = (key: string): void => {
    const [oldest] = remembered;
    if (remembered.size >= MAX_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
    remembered.add(key);
  };

  return async ({ user, password }, asker) => {
    const key = digest(user, password).toString('base64');
    if (remembered.has(key)) return 'right';
    const same = underWay.get(key);
    if (same !== undefined) {
      same.askers.push(asker);
      return same.verdict;
    }
    const askers = [asker];
    const verdict = runInTurn(asker.address, async (): Promise<LoginResult> => {
      if (askers.every(one => one.isGone())) return 'busy';
      const matches = await compare(password, hashFor(user));
      if (!matches || !users.has(user)) return 'wrong';
      remember(key);
      return 'right';
    });
    if (verdict === undefined) return 'busy';
    underWay.set(key, { verdict, askers });
    try {
      return await verdict;
    } finally {
      underWay.delete(key);
    }
  };
};

/** $2a$, $2b$ and $2y$ name repairs of old programs, not other hashes; the library takes $2y$ for wrong, and $2a$ with its fault. */
const comparable = (hash: string): string => hash.replace(/^\$2[ay]\$/, '$2b$$');
