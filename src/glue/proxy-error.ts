import { shownProxy } from './proxy.ts';

/** A proxy on the way does not let a request through, or cannot be reached. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  /** Node's code, where the proxy cannot be reached. */
  readonly code: string | undefined;
  /** What it answered. */
  readonly status: number | undefined;

  constructor(proxy: URL, what: string, { code, status, cause }: ProxyErrorDetails) {
    super(`proxy ${shownProxy(proxy)}: ${what}`, { cause });
    this.code = code;
    this.status = status;
  }
}

interface ProxyErrorDetails {
  readonly code?: string | undefined;
  readonly status?: number | undefined;
  readonly cause?: unknown;
}
