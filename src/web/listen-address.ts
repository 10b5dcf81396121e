/** Where to listen; without a host, on every interface. */
export interface ListenAddress {
  readonly host: string | undefined;
  readonly port: number;
}

/** Parses host:port, [ipv6]:port or :port as Prometheus takes them; undefined when it is none. Port 0 is any free one. */
export const parseListenAddress = (text: string): ListenAddress | undefined => {
  const match = /^(?:\[(?<ipv6>[0-9a-fA-F:.%\w]+)\]|(?<host>[^:[\]\s]*)):(?<port>\d{1,5})$/.exec(text);
  const port = Number(match?.groups?.port);
  if (match === null || port > 65_535) return undefined;
  return { host: match.groups?.ipv6 || match.groups?.host || undefined, port };
};

/** The address as it is typed and printed. */
export const formatListenAddress = ({ host, port }: ListenAddress): string =>
  host?.includes(':') ? `[${host}]:${port}` : `${host ?? ''}:${port}`;
