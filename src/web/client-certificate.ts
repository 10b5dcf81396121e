import { isIPv6, SocketAddress } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { WebTls } from '../config/web-config.ts';

/**
 * Whether a client may stay, given its TLS connection. The handshake itself lets everybody pass, for its rules are fixed from the
 * start of the server; these are not.
 */
export const isAdmitted = ({ clientAuthType, clientAllowedSans }: WebTls, socket: TLSSocket): boolean => {
  if (clientAuthType === 'NoClientCert') return true;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) {
    return clientAuthType === 'RequestClientCert' || clientAuthType === 'VerifyClientCertIfGiven';
  }
  const mustBeGood = clientAuthType === 'VerifyClientCertIfGiven' || clientAuthType === 'RequireAndVerifyClientCert';
  // Node checked it against client_ca, its purpose and its dates included.
  if (mustBeGood && !socket.authorized) return false;
  if (clientAllowedSans === undefined) return true;
  const allowed = new Set(clientAllowedSans.map(normal));
  return alternativeNames(certificate.subjectAltName ?? '').some(name => allowed.has(normal(name)));
};

/**
 * Host names, IP addresses, e-mail addresses and URIs of a certificate's subjectAltName as Node writes it: "DNS:a, URI:b". Node
 * quotes like JSON what holds a comma or anything else that could pretend to be another entry.
 */
export const alternativeNames = (subjectAltName: string): readonly string[] => {
  const names: string[] = [];
  for (const [, type = '', quoted, plain = ''] of subjectAltName.matchAll(
    /([^:,"]+):(?:"((?:[^"\\]|\\.)*)"|([^,"]*))(?:, |$)/gy,
  )) {
    if (/^(DNS|IP Address|email|URI)$/.test(type)) names.push(quoted === undefined ? plain : unquoted(quoted));
  }
  return names;
};

const unquoted = (text: string): string => {
  try {
    return String(JSON.parse(`"${text}"`));
  } catch {
    // No name is allowed that cannot be read.
    return '';
  }
};

/** 0:0:0:0:0:0:0:1 and ::1 are the same. */
const normal = (name: string): string =>
  isIPv6(name) ? new SocketAddress({ address: name, family: 'ipv6' }).address : name;
