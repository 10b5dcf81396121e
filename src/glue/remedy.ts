import { ProxyError } from './proxy-error.ts';
import { type GlueError, httpStatusOf, PROXY_PASSWORD_WANTED, type Reason } from './reason.ts';

/** What to look at when a request has failed, in plain words. The error's message says what happened. */
export const remedyFor = (error: GlueError): string => {
  const { reason, cause } = error;
  const name = cause instanceof Error ? cause.name : '';
  if (reason === 'access_denied') return deniedRemedy(error.message);
  if (reason === 'expired_credentials') return CREDENTIALS.get(name) ?? REMEDIES.expired_credentials;
  const status = cause instanceof ProxyError ? cause.status : httpStatusOf(cause);
  if (status === PROXY_PASSWORD_WANTED) return PROXY_PASSWORD;
  if (cause instanceof ProxyError) return proxyRemedy(cause);
  if (reason === 'network') return NETWORK.find(([code]) => code.test(codeOf(cause)))?.[1] ?? REMEDIES.network;
  return REMEDIES[reason];
};

const deniedRemedy = (message: string): string => {
  if (message.includes('sts:AssumeRoleWithWebIdentity')) {
    return 'the role of the service account does not trust it: compare the OIDC provider, namespace and name in its trust policy';
  }
  if (message.includes('sts:AssumeRole')) {
    return 'the role cannot be assumed: the exporter’s own policy must allow it, and the role must trust the exporter, with this external_id; aws-glue-exporter iam-policy prints both';
  }
  if (message.includes('explicit deny')) return 'a policy denies it: look for that, more permissions do not help';
  if (message.includes('permissions boundary')) return 'the permissions boundary of the identity must allow it, too';
  return REMEDIES.access_denied;
};

const PROXY_PASSWORD =
  'the proxy asks for a user and password: give those that it knows in HTTPS_PROXY, like http://USER:PASSWORD@HOST:PORT';

const proxyRemedy = ({ status, code }: ProxyError): string => {
  if (status !== undefined && status < 500)
    return 'the proxy does not allow this host: have it allowed, or add it to NO_PROXY';
  if (status !== undefined)
    return 'the proxy cannot reach this host: look at its DNS and routes, or add the host to NO_PROXY';
  if (code === 'ETIMEDOUT')
    return 'the proxy does not answer in time: look at HTTPS_PROXY, and at firewalls on the way to it';
  if (code !== undefined && UNTRUSTED.test(code)) {
    return 'the TLS certificate of the proxy is not trusted: give its authority in AWS_CA_BUNDLE or NODE_EXTRA_CA_CERTS';
  }
  return 'the proxy cannot be reached: look at HTTPS_PROXY, at NO_PROXY, and at firewalls on the way to it';
};

const REMEDIES: Readonly<Record<Reason, string>> = {
  throttled: 'AWS throttles: lower aws.requests_per_second, or look for who else calls Glue in this account',
  access_denied: 'a permission is missing; aws-glue-exporter iam-policy prints all that are needed',
  expired_credentials: 'the credentials are missing or not accepted: renew them',
  not_found: 'it was deleted a moment ago: check again',
  invalid_request: 'what answers does not understand the request: look at endpoint, and at proxies on the way',
  timeout: 'nothing answers in time: look at security groups, routes, VPC endpoints and proxies',
  network: 'the network fails on the way: look at endpoint, and at proxies and firewalls',
  server_error: 'AWS, or a proxy on the way, has a failure of its own: check again later',
  bad_response: 'what answers is not AWS: look at endpoint, and at proxies on the way',
  other: 'this is none of the known failures: look at the message, and at the limits and permissions of this machine',
};

/** By the names of errors as AWS uses them. */
const CREDENTIALS: ReadonlyMap<string, string> = new Map([
  ['ExpiredToken', 'the credentials have expired: renew them'],
  ['ExpiredTokenException', 'the credentials have expired: renew them'],
  ['InvalidClientTokenId', 'AWS does not know this access key, in this region at least: an opt-in region may be off'],
  [
    'UnrecognizedClientException',
    'AWS does not know this access key, in this region at least: an opt-in region may be off',
  ],
  ['SignatureDoesNotMatch', 'the secret access key is not that of this access key, or the clock is wrong'],
  ['InvalidSignatureException', 'the secret access key is not that of this access key, or the clock is wrong'],
]);

const UNTRUSTED = /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

/** By Node's codes. */
const NETWORK: readonly (readonly [code: RegExp, remedy: string])[] = [
  [/^ENOTFOUND$/, 'this host does not exist: look at region and endpoint'],
  [/^EAI_/, 'the host’s name cannot be looked up: look at the DNS of this machine'],
  [/^ECONNREFUSED$/, 'nothing listens there: look at endpoint'],
  [/^(EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)$/, 'there is no way to that host: look at routes, NAT and VPC endpoints'],
  [/^ERR_TLS_CERT_ALTNAME/, 'the TLS certificate is that of another host: look at endpoint'],
  [/^CERT_HAS_EXPIRED$/, 'the TLS certificate has expired, or the clock of this machine is wrong'],
  [
    UNTRUSTED,
    'the TLS certificate is not trusted: give its authority in AWS_CA_BUNDLE or NODE_EXTRA_CA_CERTS, and look at endpoint',
  ],
  [/^(EPROTO|ERR_SSL_)/, 'what answers does not speak TLS: look at http:// and https:// in endpoint'],
  [/^HPE_/, 'what answers does not speak HTTP: look at http:// and https:// in endpoint'],
];

const codeOf = (cause: unknown): string =>
  typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
