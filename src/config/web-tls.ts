import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { resolve } from 'node:path';
import { createSecureContext, DEFAULT_CIPHERS } from 'node:tls';
import { messageOf } from '../log.ts';
import type { ReadText, TlsContext, WebTls } from './web-config.ts';
import { CURVE_NAMES, type GivenTls, SUITES, TLS_VERSIONS, VERSIONS } from './web-tls-fields.ts';

/** Those of TLS 1.3 cannot be chosen in Go: all of them are always on. */
const TLS13_SUITES = ['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256'];

type PemKey = 'cert' | 'key' | 'client_ca';

/** A PEM text, wherever it is given, or why there is none. */
type Pem = { readonly key: string; readonly text: string } | { readonly key: string; readonly problem: string };

const pemOf = (given: GivenTls, name: PemKey, directory: string, read: ReadText): Pem | undefined => {
  const inline = given[name];
  const file = given[`${name}_file`];
  if (typeof file === 'string') {
    const key = `${name}_file`;
    if (inline !== undefined) return { key, problem: `is given next to ${name}; remove one of the two` };
    // Also because the message of the attempt to open it would show the key.
    if (file.includes('-----BEGIN')) return { key, problem: `is a PEM text, not a file name; write it under ${name}` };
    try {
      return { key, text: read(resolve(directory, file)) };
    } catch (error) {
      return { key, problem: `cannot be read: ${messageOf(error)}` };
    }
  }
  return typeof inline === 'string' ? { key: name, text: inline } : undefined;
};

const textOf = (pem: Pem | undefined): string | undefined =>
  pem !== undefined && 'text' in pem ? pem.text : undefined;

/** The certificates of a PEM text; undefined when there are none, or one is broken. */
const certificatesOf = (text: string): readonly X509Certificate[] | undefined => {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.length === 0 ? undefined : blocks.map(block => new X509Certificate(block));
  } catch {
    return undefined;
  }
};

const privateKeyOf = (text: string): KeyObject | undefined => {
  try {
    return createPrivateKey(text);
  } catch {
    return undefined;
  }
};

type Issue = (key: string, message: string) => void;

/** Reports everything that is wrong with TLS settings and the files they name. Single keys may hold anything. */
export const checkTls = (given: GivenTls, directory: string, read: ReadText, issue: Issue): void => {
  if (Object.keys(given).length === 0) return;
  let good = true;
  const complain: Issue = (key, message) => {
    good = false;
    issue(key, message);
  };
  const pem = (name: PemKey): Pem | undefined => {
    const found = pemOf(given, name, directory, read);
    if (found !== undefined && 'problem' in found) complain(found.key, found.problem);
    return found;
  };
  checkOwnCertificate(given, pem('cert'), pem('key'), complain);
  checkClientSettings(given, pem('client_ca'), complain);
  const { min_version: min = 'TLS12', max_version: max = 'TLS13' } = given;
  if (TLS_VERSIONS.indexOf(min) > TLS_VERSIONS.indexOf(max) && TLS_VERSIONS.includes(max)) {
    const key = given.max_version === undefined ? 'min_version' : 'max_version';
    complain(key, `leaves no version: min_version is ${min}, max_version ${max}`);
  }
  if (!good) return;
  try {
    const tls = tlsOf(given, directory, read);
    if (tls !== undefined) createSecureContext({ ...tls.context });
  } catch (error) {
    // OpenSSL refuses more, such as short keys. Wrong values of other keys are reported already.
    const why = error instanceof Error && 'reason' in error ? `${error.reason}` : undefined;
    if (why !== undefined) issue('', `is refused by OpenSSL: ${why}`);
  }
};

const checkOwnCertificate = (given: GivenTls, cert: Pem | undefined, key: Pem | undefined, complain: Issue): void => {
  if (cert === undefined && given.cert === undefined && given.cert_file === undefined) {
    complain('', 'needs cert_file (or cert), the certificate of this server; without TLS remove the whole section');
  }
  if (key === undefined && given.key === undefined && given.key_file === undefined) {
    complain('', 'needs key_file (or key), the private key of the certificate');
  }
  const certText = textOf(cert);
  const keyText = textOf(key);
  const [own] = (certText === undefined ? undefined : certificatesOf(certText)) ?? [];
  if (cert !== undefined && certText !== undefined && own === undefined) {
    complain(cert.key, 'holds no certificate; it must be PEM: -----BEGIN CERTIFICATE----- and so on');
  }
  const privateKey = keyText === undefined ? undefined : privateKeyOf(keyText);
  if (key === undefined || keyText === undefined) return;
  if (privateKey === undefined) {
    const message = /ENCRYPTED/.test(keyText)
      ? 'is encrypted; store it without its passphrase: openssl pkey -in KEY -out PLAIN_KEY'
      : 'holds no private key; it must be PEM: -----BEGIN PRIVATE KEY----- and so on';
    complain(key.key, message);
  } else if (own !== undefined && !own.checkPrivateKey(privateKey)) {
    complain(key.key, `is not the key of the certificate in ${cert?.key}`);
  }
};

const checkClientSettings = (given: GivenTls, ca: Pem | undefined, complain: Issue): void => {
  const type = given.client_auth_type ?? 'NoClientCert';
  const caText = textOf(ca);
  if (ca !== undefined && caText !== undefined && certificatesOf(caText) === undefined) {
    complain(ca.key, 'holds no certificate, or a broken one; it must be PEM: -----BEGIN CERTIFICATE----- and so on');
  }
  if (type === 'NoClientCert') {
    const remedy = 'means nothing without client_auth_type; set that to RequireAndVerifyClientCert';
    if (ca !== undefined) complain(ca.key, remedy);
    if (given.client_allowed_sans !== undefined) complain('client_allowed_sans', remedy);
  }
  if (/^(VerifyClientCertIfGiven|RequireAndVerifyClientCert)$/.test(type) && ca === undefined) {
    complain(
      'client_auth_type',
      `is ${type}, which needs client_ca_file (or client_ca): the authority of your clients`,
    );
  }
};

/** The settings in Node's words; undefined when there are none. Only for what checkTls has passed. */
export const tlsOf = (given: GivenTls, directory: string, read: ReadText): WebTls | undefined => {
  const text = (name: PemKey) => textOf(pemOf(given, name, directory, read));
  const [cert, key, ca] = [text('cert'), text('key'), text('client_ca')];
  if (cert === undefined || key === undefined) return undefined;
  const { min_version = 'TLS12', max_version = 'TLS13', curve_preferences, cipher_suites } = given;
  const ciphers = ciphersOf(cipher_suites, VERSIONS[min_version]);
  const context: TlsContext = {
    cert,
    key,
    ...(ca === undefined ? {} : { ca }),
    minVersion: VERSIONS[min_version],
    maxVersion: VERSIONS[max_version],
    ...(ciphers === undefined ? {} : { ciphers }),
    honorCipherOrder: given.prefer_server_cipher_suites ?? true,
    ...(curve_preferences === undefined
      ? {}
      : { ecdhCurve: curve_preferences.map(name => CURVE_NAMES[name]).join(':') }),
  };
  return {
    context,
    clientAuthType: given.client_auth_type ?? 'NoClientCert',
    clientAllowedSans: given.client_allowed_sans,
  };
};

const ciphersOf = (suites: GivenTls['cipher_suites'], minVersion: TlsContext['minVersion']): string | undefined => {
  const isOld = minVersion === 'TLSv1' || minVersion === 'TLSv1.1';
  if (suites === undefined && !isOld) return undefined;
  const before13 = suites?.map(name => SUITES[name]).filter(name => !name.startsWith('TLS_'));
  const chosen = before13 === undefined ? [DEFAULT_CIPHERS] : [...TLS13_SUITES, ...before13];
  // OpenSSL 3 takes the versions before 1.2 at its lowest level only, whatever the minimum says.
  return [...chosen, ...(isOld ? ['@SECLEVEL=0'] : [])].join(':');
};
