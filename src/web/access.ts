import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createFairQueue } from './fair-queue.ts';
import type { FollowedWebConfig } from './followed-web-config.ts';
import { type CheckLogin, type Compare, createLogins, type Login } from './logins.ts';

/** A whole page of browsers' tabs, and a queue of a few seconds. */
const WAITING_LOGINS = { waitingPerClient: 32, waitingInTotal: 256 };

/** Loaded when it is needed: where its binary does not exist, everything but basic auth works. */
const compareWithBcrypt: Compare = async (password, hash) => (await import('bcrypt')).compare(password, hash);

/**
 * Puts the web config's headers on every answer, and lets nobody pass to `next` who does not log in as one of its users.
 * `onError` is told when a login cannot be checked.
 */
export const guard = (
  config: FollowedWebConfig,
  next: RequestListener,
  onError: (path: string, error: unknown) => void,
  compare: Compare = compareWithBcrypt,
): RequestListener => {
  const runInTurn = createFairQueue(WAITING_LOGINS);
  let users = config.current().users;
  let checkLogin: CheckLogin = createLogins(users, runInTurn, compare);
  config.onChange(({ users: changed }) => {
    if (areEqual(users, changed)) return;
    users = changed;
    checkLogin = createLogins(users, runInTurn, compare);
  });

  return async (request, response) => {
    for (const [name, value] of Object.entries(config.current().headers)) response.setHeader(name, value);
    if (users.size === 0) return next(request, response);
    const login = loginOf(request.headers.authorization);
    if (login === undefined) return refuse(response);
    const { socket } = request;
    const asker = { address: socket.remoteAddress ?? '', isGone: () => socket.destroyed };
    try {
      const verdict = await checkLogin(login, asker);
      if (verdict === 'right') next(request, response);
      else if (verdict === 'wrong') refuse(response);
      else plain(response.setHeader('Retry-After', '1'), 503, 'Too many logins are being checked; try again later.');
    } catch (error) {
      onError(pathOf(request), error);
      if (response.headersSent) response.destroy();
      else plain(response, 500, 'Something went wrong in the exporter.');
    }
  };
};

const refuse = (response: ServerResponse): void => {
  plain(response.setHeader('WWW-Authenticate', 'Basic'), 401, 'Unauthorized');
};

const plain = (response: ServerResponse, status: number, text: string): void => {
  const body = `${text}\n`;
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(body);
};

const pathOf = (request: IncomingMessage): string => (request.url ?? '').replace(/\?.*/s, '');

/** What an Authorization header says; undefined when it is no Basic one. */
export const loginOf = (authorization = ''): Login | undefined => {
  const [, encoded] = /^basic +([\w+/-]+=*) *$/i.exec(authorization) ?? [];
  if (encoded === undefined) return undefined;
  const decoded = Buffer.from(encoded, 'base64');
  const colon = decoded.indexOf(':');
  if (colon < 0) return undefined;
  return { user: decoded.subarray(0, colon).toString(), password: decoded.subarray(colon + 1) };
};

const areEqual = (some: ReadonlyMap<string, string>, others: ReadonlyMap<string, string>): boolean =>
  some.size === others.size && [...some].every(([user, hash]) => others.get(user) === hash);
