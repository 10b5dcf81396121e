import { BlockList, isIP } from 'node:net';
import { EnvironmentError, type Variables } from './environment.ts';

/** Which proxy requests go through, as the environment says. */
export interface ProxyRules {
  /** The proxy for requests to a host; undefined for none. */
  proxyFor(secure: boolean, host: string, port: number): URL | undefined;
  /** The proxies and exceptions without user names and passwords, by variable; empty without a proxy. */
  readonly shown: Readonly<Record<string, string>>;
}

/**
 * The rules of HTTPS_PROXY, HTTP_PROXY and NO_PROXY as the AWS CLI and curl read them: lower case goes first, a host in NO_PROXY
 * includes its subdomains, and addresses can be ranges. Throws an EnvironmentError.
 */
export const proxyRules = (variables: Variables): ProxyRules => {
  const https = proxyIn(variables, 'https_proxy');
  const http = proxyIn(variables, 'http_proxy');
  const exceptions = setIn(variables, 'no_proxy');
  const isException = exceptionsIn(exceptions?.text ?? '');
  const shown: Record<string, string> = {};
  for (const proxy of [https, http])
    if (proxy !== undefined) shown[proxy.variable.toLowerCase()] = shownProxy(proxy.url);
  if (Object.keys(shown).length > 0 && exceptions !== undefined) shown.no_proxy = exceptions.text;
  return {
    shown,
    proxyFor(secure, host, port) {
      const proxy = secure ? https : http;
      return proxy === undefined || isException(host, port) ? undefined : proxy.url;
    },
  };
};

/** A proxy without user and password. */
export const shownProxy = ({ protocol, host }: URL): string => `${protocol}//${host}`;

const setIn = (variables: Variables, lowerCase: string): { variable: string; text: string } | undefined => {
  for (const variable of [lowerCase, lowerCase.toUpperCase()]) {
    const text = variables[variable]?.trim() ?? '';
    if (text !== '') return { variable, text };
  }
  return undefined;
};

const proxyIn = (variables: Variables, lowerCase: string): { variable: string; url: URL } | undefined => {
  const found = setIn(variables, lowerCase);
  if (found === undefined) return undefined;
  const { variable, text } = found;
  const example = 'http://HOST:PORT or http://USER:PASSWORD@HOST:PORT';
  // Without a scheme it is a plain HTTP proxy, as everywhere.
  const whole = text.includes('://') ? text : `http://${text}`;
  // The text may have a password in it, and is not repeated.
  if (!URL.canParse(whole))
    throw new EnvironmentError(`${variable} is not the URL of a proxy; write it like ${example}`);
  const url = new URL(whole);
  if (!['http:', 'https:'].includes(url.protocol) || url.hostname === '') {
    const scheme = url.protocol.replace(/:$/, '');
    throw new EnvironmentError(`${variable} is a proxy of the kind ${scheme}, which is not supported; use ${example}`);
  }
  try {
    decodeURIComponent(url.username + url.password);
  } catch {
    throw new EnvironmentError(`${variable} has a % in its user or password that encodes nothing; write %25 for it`);
  }
  return { variable, url };
};

type Exception = (host: string, port: number) => boolean;

const exceptionsIn = (text: string): Exception => {
  const exceptions = text.split(/[\s,]+/).flatMap(entry => (entry === '' ? [] : [exceptionOf(entry.toLowerCase())]));
  return (host, port) => {
    const name = plainHost(host);
    return exceptions.some(matches => matches(name, port));
  };
};

const exceptionOf = (entry: string): Exception => {
  if (entry === '*') return () => true;
  const range = rangeOf(entry);
  if (range !== undefined) return host => isIP(host) !== 0 && range.check(host, familyOf(host));
  const [, bracketed, plain = '', port] = /^(?:\[(.+)\]|(.*?))(?::(\d+))?$/.exec(entry) ?? [];
  // An IPv6 address without brackets has no port.
  const isBareAddress = isIP(entry) === 6;
  const host = isBareAddress ? entry : plainHost(bracketed ?? plain.replace(/^\*?\./, ''));
  const ofPort = isBareAddress || port === undefined ? undefined : Number(port);
  return (name, toPort) =>
    (name === host || (host !== '' && name.endsWith(`.${host}`))) && (ofPort === undefined || ofPort === toPort);
};

/** 10.0.0.0/8 */
const rangeOf = (entry: string): BlockList | undefined => {
  const [, address = '', bits = ''] = /^([\da-f.:]+)\/(\d+)$/.exec(entry) ?? [];
  if (isIP(address) === 0 || Number(bits) > (isIP(address) === 4 ? 32 : 128)) return undefined;
  const range = new BlockList();
  range.addSubnet(address, Number(bits), familyOf(address));
  return range;
};

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 4 ? 'ipv4' : 'ipv6');

/** Without the brackets of an IPv6 address and the dot at the end of a full name. */
const plainHost = (host: string): string =>
  host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
