import { type ClientRequest, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import type { Network } from './network.ts';
import { ProxyError } from './proxy-error.ts';

/** Agents for all hosts: one for each proxy and one for direct connections, of http and https each. */
export interface Agents {
  agentFor(secure: boolean, host: string, port: number): HttpAgent;
  /** Ends all connections, those that are being set up too. The agents can be used again. */
  close(): void;
}

/** At most `maxSockets` direct connections to each host. A connection through a proxy must be there within `connectMs`. */
export const createAgents = (network: Network, maxSockets: number, connectMs: number): Agents => {
  const options = { keepAlive: true, maxSockets };
  const agents = new Map<string, HttpAgent>();
  const create = (secure: boolean, proxy: URL | undefined): HttpAgent => {
    if (proxy === undefined) return secure ? new HttpsAgent(options) : new HttpAgent(options);
    // Without a bound: the library lets requests that wait for a connection wait on when one cannot be had. Who sends bounds them.
    const proxyOptions = { keepAlive: true, connectMs, secureContext: network.secureContext };
    return secure ? new TunnelAgent(proxy, proxyOptions) : new ForwardAgent(proxy, proxyOptions);
  };
  return {
    agentFor(secure, host, port) {
      const proxy = network.proxyFor(secure, host, port);
      const key = `${secure} ${proxy?.href}`;
      const known = agents.get(key);
      if (known !== undefined) return known;
      const agent = create(secure, proxy);
      agents.set(key, agent);
      return agent;
    },
    close() {
      for (const agent of agents.values()) agent.destroy();
    },
  };
};

type ConnectOptions = Parameters<HttpsProxyAgent<string>['connect']>[1];

interface ProxyAgentOptions {
  readonly keepAlive: boolean;
  readonly connectMs: number;
  readonly secureContext: Network['secureContext'];
}

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
