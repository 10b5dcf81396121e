import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { decodeUtf8, NotUtf8 } from '../config/decode.ts';
import { ConfigError } from '../config/load.ts';
import type { WebConfig, WebTls } from '../config/web-config.ts';
import { parseWebConfig } from '../config/web-load.ts';
import { messageOf } from '../log.ts';

/** The web config in force. It follows its files: Kubernetes and certbot renew them while we run. */
export interface FollowedWebConfig {
  current(): WebConfig;
  /** Tells every change, after it came into force. */
  onChange(listener: (config: WebConfig) => void): void;
  /** Looks whether a file has changed, and if so reloads. Never throws; `onReload` and `onFailure` are told. */
  check(): void;
  /** Reads all files again. Throws a ConfigError when they are no good; what was in force then stays so. */
  reload(): void;
  /** Ends the following. */
  stop(): void;
}

export interface FollowOptions {
  /** Pace of checks. */
  readonly checkIntervalMs?: number;
  /** A check found a change, which is now in force. */
  readonly onReload?: () => void;
  /** A check found a change that is no good; told once for each. The old state stays in force. */
  readonly onFailure?: (message: string) => void;
}

/** Renewed certificates are days ahead of their need; this is for people who watch it happen. */
const CHECK_INTERVAL_MS = 5_000;

/** No certificate comes near it; it keeps /dev/zero from being read to its end. */
const MAX_FILE_BYTES = 1 << 20;

/** Reads and checks the web config file and all that it names. Throws a ConfigError that lists every mistake. */
export const readWebConfig = (file: string): WebConfig => configIn(readAll(file));

/** Reads the web config file, and again whenever its files change. Throws a ConfigError when it is no good at first. */
export const followWebConfig = (file: string, options: FollowOptions = {}): FollowedWebConfig => {
  let seen = readAll(file);
  let current = configIn(seen);
  const listeners: ((config: WebConfig) => void)[] = [];

  const reload = (): void => {
    // Kept even when it is no good, so that one change is told once.
    seen = readAll(file);
    const next = configIn(seen);
    const fixed = whatNeedsRestart(current, next);
    if (fixed !== undefined) {
      const message = `${fixed} cannot change without a restart; nothing of the change was taken over`;
      throw new ConfigError(file, [{ line: undefined, key: 'tls_server_config', message }]);
    }
    current = next;
    for (const listener of listeners) listener(next);
  };

  const check = (): void => {
    if ([...seen.fingerprints].every(([path, fingerprint]) => readOne(path).fingerprint === fingerprint)) return;
    try {
      reload();
    } catch (error) {
      options.onFailure?.(messageOf(error));
      return;
    }
    options.onReload?.();
  };

  const timer = setInterval(check, options.checkIntervalMs ?? CHECK_INTERVAL_MS);
  timer.unref();
  return {
    current: () => current,
    onChange: listener => void listeners.push(listener),
    check,
    reload,
    stop: () => clearInterval(timer),
  };
};

/** Whether a server with these settings asks its clients for certificates. */
export const asksForCertificates = (tls: WebTls): boolean => tls.clientAuthType !== 'NoClientCert';

/** Sockets that listen are plain or not, and ask for certificates or not, from their first day. */
const whatNeedsRestart = (current: WebConfig, next: WebConfig): string | undefined => {
  if (current.tls === undefined || next.tls === undefined) {
    return current.tls === next.tls ? undefined : 'whether there is TLS';
  }
  if (asksForCertificates(current.tls) === asksForCertificates(next.tls)) return undefined;
  return 'client_auth_type from or to NoClientCert';
};

/** What one reading of all files saw: each is read once, so that a certificate and its check are of the same content. */
interface Reading {
  readonly outcome: WebConfig | ConfigError;
  /** By path, of all files that were asked for, unreadable ones included. */
  readonly fingerprints: ReadonlyMap<string, string>;
}

const configIn = ({ outcome }: Reading): WebConfig => {
  if (outcome instanceof ConfigError) throw outcome;
  return outcome;
};

const readAll = (file: string): Reading => {
  const files = new Map<string, FileContent>();
  const read = (path: string): Buffer => {
    const content = files.get(path) ?? readOne(path);
    files.set(path, content);
    if (content.bytes === undefined) throw new Error(content.problem);
    return content.bytes;
  };
  const outcome = parse(file, read);
  return { outcome, fingerprints: new Map([...files].map(([path, { fingerprint }]) => [path, fingerprint])) };
};

const parse = (file: string, read: (path: string) => Buffer): WebConfig | ConfigError => {
  let text: string;
  try {
    text = decodeUtf8(read(file));
  } catch (error) {
    const isRead = error instanceof NotUtf8;
    const message = isRead ? error.message : `cannot be read: ${messageOf(error)}`;
    return new ConfigError(file, [{ line: isRead ? error.line : undefined, key: '', message }]);
  }
  try {
    return parseWebConfig(text, file, path => read(path).toString('utf8'));
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
};

type FileContent = { readonly fingerprint: string } & (
  | { readonly bytes: Buffer; readonly problem?: never }
  | { readonly bytes?: never; readonly problem: string }
);

/** Compares contents, not times: Kubernetes renews files by swapping a symbolic link of their folder. */
const readOne = (path: string): FileContent => {
  try {
    const bytes = readSmallFile(path);
    return { bytes, fingerprint: createHash('sha256').update(bytes).digest('base64') };
  } catch (error) {
    const problem = messageOf(error);
    return { problem, fingerprint: `unreadable: ${problem}` };
  }
};

const readSmallFile = (path: string): Buffer => {
  // Opening a pipe would wait for somebody to write into it.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { size } = fstatSync(file);
    if (!fstatSync(file).isFile()) throw new Error(`${path} is not a file`);
    if (size > MAX_FILE_BYTES) throw new Error(`${path} is too large: ${size} bytes`);
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
};
