import { isIPv6 } from 'node:net';

/** Where to listen; without a host, on every interface. */
export interface ListenAddress {
  readonly host: string | undefined;
  readonly port: number;
}

/** Parses host:port, [ipv6]:port or :port as Prometheus takes them; undefined when it is none. Port 0 is any free one. */
export const parseListenAddress = (text: string): ListenAddress | undefined => {
  const { ipv6, host, port } = /^(?:\[(?<ipv6>.+)\]|(?<host>[\w.-]*)):(?<port>\d{1,5})$/.exec(text)?.groups ?? {};
  if (port === undefined || Number(port) > 65_535 || (ipv6 !== undefined && !isIPv6(ipv6))) return undefined;
  return { host: ipv6 || host || undefined, port: Number(port) };
};

/** The address as it is typed and printed. */
export const formatListenAddress = ({ host, port }: ListenAddress): string =>
  host?.includes(':') ? `[${host}]:${port}` : `${host ?? ''}:${port}`;
