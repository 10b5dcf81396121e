import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Network } from './network.ts';

/** Agents for all hosts: one for each proxy and one for direct connections, of http and https each. */
export interface Agents {
  agentFor(secure: boolean, host: string, port: number): HttpAgent;
  /** Ends all connections, those that are being set up too. The agents can be used again. */
  close(): void;
}

/** At most `maxSockets` direct connections to each host. A connection through a proxy must be there within `connectMs`. */
export const createAgents = (network: Network, maxSockets: number, connectMs: number): Agents => {
  const { proxies, secureContext } = network;
  const options = { keepAlive: true, maxSockets };
  const agents = new Map<string, HttpAgent>();
  const create = (secure: boolean, proxy: URL | undefined): HttpAgent => {
    if (proxies === undefined || proxy === undefined) return secure ? new HttpsAgent(options) : new HttpAgent(options);
    // Without a bound: the library lets requests that wait for a connection wait on when one cannot be had. Who sends bounds them.
    return proxies.createAgent(secure, proxy, { keepAlive: true, connectMs, secureContext });
  };
  return {
    agentFor(secure, host, port) {
      const proxy = proxies?.proxyFor(secure, host, port);
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
