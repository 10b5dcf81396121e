import type { SecureContext } from 'node:tls';
import type { Variables } from './environment.ts';
import { proxyRules } from './proxy.ts';
import type { CreateProxyAgent } from './proxy-agents.ts';
import { trustIn } from './trust.ts';

/** How AWS is reached from here. */
export interface Network {
  /** Undefined where there is no proxy for any host. */
  readonly proxies: Proxies | undefined;
  /** Whose certificates are trusted; undefined for what Node trusts. */
  readonly secureContext: SecureContext | undefined;
}

export interface Proxies {
  /** The proxy for requests to a host; undefined for none. */
  proxyFor(secure: boolean, host: string, port: number): URL | undefined;
  readonly createAgent: CreateProxyAgent;
}

/** Without proxies, and with the authorities that Node knows. */
export const DIRECT: Network = { proxies: undefined, secureContext: undefined };

/** What the environment, and the profile if one is given, say of proxies and certificates. Rejects with an EnvironmentError. */
export const openNetwork = async (variables: Variables, profile: string | undefined): Promise<Network> => {
  const { proxyFor, shown } = proxyRules(variables);
  const hasProxy = Object.keys(shown).length > 0;
  // Where there is none, the libraries for it need not be in memory.
  const createAgent = hasProxy ? (await import('./proxy-agents.ts')).createProxyAgent : undefined;
  return {
    proxies: createAgent && { proxyFor, createAgent },
    secureContext: await trustIn(variables, profile),
  };
};
