import type { ClientRequest, Agent as HttpAgent } from 'node:http';
import type { SecureContext } from 'node:tls';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { ProxyError } from './proxy-error.ts';

type ConnectOptions = Parameters<HttpsProxyAgent<string>['connect']>[1];

export interface ProxyAgentOptions {
  readonly keepAlive: boolean;
  /** A connection through the proxy must be there within this time. */
  readonly connectMs: number;
  readonly secureContext: SecureContext | undefined;
}

/** An agent for https or http, all of whose connections go through a proxy. Their number has no bound: who sends bounds requests. */
export type CreateProxyAgent = (secure: boolean, proxy: URL, options: ProxyAgentOptions) => HttpAgent;

export const createProxyAgent: CreateProxyAgent = (secure, proxy, options) =>
  secure ? new TunnelAgent(proxy, options) : new ForwardAgent(proxy, options);

/** The connections to a proxy that are being set up, which the libraries give no way to end. */
const createConnecting = (proxy: URL, { connectMs, secureContext }: ProxyAgentOptions) => {
  const underWay = new Set<AbortController>();
  return {
    async connect<Socket>(open: (options: object) => Promise<Socket>): Promise<Socket> {
      const aborting = new AbortController();
      underWay.add(aborting);
      const timer = setTimeout(() => aborting.abort(), connectMs);
      try {
        return await open({
          keepAlive: true,
          signal: aborting.signal,
          ...(secureContext === undefined ? {} : { secureContext }),
        });
      } catch (error) {
        if (error instanceof ProxyError) throw error;
        if (aborting.signal.aborted) throw new ProxyError(proxy, 'no connection in time', { code: 'ETIMEDOUT' });
        if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
          throw new ProxyError(proxy, error.message, { code: error.code, cause: error });
        }
        // What the library says quotes the answer.
        throw new ProxyError(proxy, 'it hung up, or its answer is not that of a proxy', { code: 'ECONNRESET' });
      } finally {
        clearTimeout(timer);
        underWay.delete(aborting);
      }
    },
    close() {
      for (const aborting of underWay) aborting.abort();
    },
  };
};

/** For https: a tunnel (CONNECT) through the proxy, which sees nothing but the name of the host. */
class TunnelAgent extends HttpsProxyAgent<string> {
  readonly #connecting: ReturnType<typeof createConnecting>;

  constructor(proxy: URL, options: ProxyAgentOptions) {
    super(proxy, { keepAlive: options.keepAlive });
    this.protocol = 'https:';
    this.defaultPort = 443;
    this.#connecting = createConnecting(proxy, options);
  }

  override connect(request: ClientRequest, options: ConnectOptions) {
    const { proxy } = this;
    return this.#connecting.connect(async own => {
      let status = 200;
      request.once('proxyConnect', ({ statusCode }: { statusCode: number }) => {
        status = statusCode;
      });
      // One for each connection: the signal is an option of the agent.
      const socket = await new HttpsProxyAgent<string>(proxy, own).connect(request, options);
      if (status === 200) return socket;
      // The library would have the proxy's answer read as that of AWS.
      socket.destroy();
      throw new ProxyError(proxy, `status ${status} for ${options.host}:${options.port}`, { status });
    });
  }

  override destroy(): void {
    this.#connecting.close();
    super.destroy();
  }
}

/** For http, as of an emulator: the proxy is asked for the whole URL. */
class ForwardAgent extends HttpProxyAgent<string> {
  readonly #connecting: ReturnType<typeof createConnecting>;

  constructor(proxy: URL, options: ProxyAgentOptions) {
    super(proxy, { keepAlive: options.keepAlive });
    this.protocol = 'http:';
    this.defaultPort = 80;
    this.#connecting = createConnecting(proxy, options);
  }

  override connect(request: Parameters<HttpProxyAgent<string>['connect']>[0], options: ConnectOptions) {
    const { proxy } = this;
    return this.#connecting.connect(own => new HttpProxyAgent<string>(proxy, own).connect(request, options));
  }

  override destroy(): void {
    this.#connecting.close();
    super.destroy();
  }
}
