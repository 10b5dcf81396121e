import type { Network } from '../glue/network.ts';
import { shownProxy } from '../glue/proxy.ts';
import type { Route } from './findings.ts';

/** Watches which hosts are reached through which proxy. */
export const watchRoutes = (network: Network) => {
  const hosts = new Map<string | undefined, Set<string>>();
  return {
    network: {
      ...network,
      proxyFor(secure, host, port) {
        const proxy = network.proxyFor(secure, host, port);
        const shown = proxy === undefined ? undefined : shownProxy(proxy);
        hosts.set(shown, (hosts.get(shown) ?? new Set()).add(host));
        return proxy;
      },
    } satisfies Network,
    /** Nothing where there is no proxy at all. */
    taken: (): readonly Route[] =>
      network.hasProxy ? [...hosts].map(([proxy, names]) => ({ proxy, hosts: [...names] })) : [],
  };
};
