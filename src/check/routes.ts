import type { Network, Proxies } from '../glue/network.ts';
import { shownProxy } from '../glue/proxy.ts';
import type { Route } from './findings.ts';

/** Watches which hosts are reached through which proxy. */
export const watchRoutes = (network: Network) => {
  const hosts = new Map<string | undefined, Set<string>>();
  const watched = (proxies: Proxies): Proxies => ({
    ...proxies,
    proxyFor(secure, host, port) {
      const proxy = proxies.proxyFor(secure, host, port);
      const shown = proxy === undefined ? undefined : shownProxy(proxy);
      hosts.set(shown, (hosts.get(shown) ?? new Set()).add(host));
      return proxy;
    },
  });
  return {
    network: { ...network, proxies: network.proxies && watched(network.proxies) } satisfies Network,
    /** Nothing where there is no proxy at all. */
    taken: (): readonly Route[] => [...hosts].map(([proxy, names]) => ({ proxy, hosts: [...names] })),
  };
};
