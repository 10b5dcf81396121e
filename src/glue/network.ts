import type { SecureContext } from 'node:tls';
import type { Variables } from './environment.ts';
import { proxyRules } from './proxy.ts';
import { trustIn } from './trust.ts';

/** How AWS is reached from here. */
export interface Network {
  /** The proxy for requests to a host; undefined for none. */
  proxyFor(secure: boolean, host: string, port: number): URL | undefined;
  /** Whether there is a proxy for any host. */
  readonly hasProxy: boolean;
  /** Whose certificates are trusted; undefined for what Node trusts. */
  readonly secureContext: SecureContext | undefined;
}

/** Without proxies, and with the authorities that Node knows. */
export const DIRECT: Network = { proxyFor: () => undefined, hasProxy: false, secureContext: undefined };

/** What the environment, and the profile if one is given, say of proxies and certificates. Rejects with an EnvironmentError. */
export const openNetwork = async (variables: Variables, profile: string | undefined): Promise<Network> => {
  const { proxyFor, shown } = proxyRules(variables);
  const hasProxy = Object.keys(shown).length > 0;
  return { proxyFor, hasProxy, secureContext: await trustIn(variables, profile) };
};
