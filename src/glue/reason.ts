import { ProxyError } from './proxy-error.ts';

/** Why a request to AWS failed: a closed set, because it becomes a label. */
export const REASONS = [
  'throttled',
  'access_denied',
  'expired_credentials',
  'not_found',
  'invalid_request',
  'timeout',
  'network',
  'server_error',
  'bad_response',
  'other',
] as const;
export type Reason = (typeof REASONS)[number];

/** What a failure says something about: one job or workflow, or the whole target. */
export type Scope = 'entity' | 'target';

/** A request that failed for good, with its reason and a message fit for logs and the status page. */
export class GlueError extends Error {
  readonly operation: string;
  readonly reason: Reason;
  readonly scope: Scope;

  constructor(operation: string, reason: Reason, message: string, options: ErrorOptions & { scope?: Scope } = {}) {
    super(`${operation}: ${message}`, options);
    this.name = 'GlueError';
    this.operation = operation;
    this.reason = reason;
    this.scope = options.scope ?? 'target';
  }
}

/**
 * Whether a further attempt within seconds can cure a failure. A time-out has cost its time already: the next poll tries again.
 * A wrong clock is put right by the SDK as soon as an answer has shown it the time.
 */
export const isWorthRetrying = (error: unknown): boolean => {
  const reason = reasonOf(error);
  // What a proxy denies it denies again, and a wrong password may lock its user out.
  if (isDeniedByProxy(property(error, 'cause'))) return false;
  if (reason === 'throttled' || reason === 'network' || reason === 'server_error') return true;
  const cause = property(error, 'cause');
  return TIME_REFUSALS.has(nameOf(cause)) && property(property(cause, '$metadata'), 'clockSkewCorrected') === true;
};

/** What a request is refused with whose time is wrong. */
const TIME_REFUSALS: ReadonlySet<string> = new Set([
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'RequestExpired',
  'RequestTimeTooSkewed',
]);

/**
 * Names of errors as AWS and its SDK use them. Common errors:
 * https://docs.aws.amazon.com/glue/latest/webapi/CommonErrors.html
 */
const REASON_BY_NAME: ReadonlyMap<string, Reason> = new Map<string, Reason>([
  ['ThrottlingException', 'throttled'],
  ['Throttling', 'throttled'],
  ['ThrottledException', 'throttled'],
  ['TooManyRequestsException', 'throttled'],
  ['RequestLimitExceeded', 'throttled'],
  ['ResourceNumberLimitExceededException', 'throttled'],
  ['SlowDown', 'throttled'],
  ['AccessDeniedException', 'access_denied'],
  ['AccessDenied', 'access_denied'],
  ['UnauthorizedOperation', 'access_denied'],
  ['NotAuthorized', 'access_denied'],
  ['OptInRequired', 'access_denied'],
  ['ExpiredTokenException', 'expired_credentials'],
  ['ExpiredToken', 'expired_credentials'],
  ['RequestExpired', 'expired_credentials'],
  ['CredentialsProviderError', 'expired_credentials'],
  ['TokenProviderError', 'expired_credentials'],
  ['InvalidClientTokenId', 'expired_credentials'],
  ['UnrecognizedClientException', 'expired_credentials'],
  ['InvalidSignatureException', 'expired_credentials'],
  ['SignatureDoesNotMatch', 'expired_credentials'],
  ['IncompleteSignature', 'expired_credentials'],
  ['MissingAuthenticationToken', 'expired_credentials'],
  ['MissingAuthenticationTokenException', 'expired_credentials'],
  ['EntityNotFoundException', 'not_found'],
  ['InvalidInputException', 'invalid_request'],
  ['ValidationException', 'invalid_request'],
  ['OperationTimeoutException', 'timeout'],
  ['TimeoutError', 'timeout'],
  ['AbortError', 'timeout'],
  ['InternalServiceException', 'server_error'],
  ['InternalFailure', 'server_error'],
  ['ServiceUnavailable', 'server_error'],
  ['SyntaxError', 'bad_response'],
  ['TypeError', 'bad_response'],
]);

/** The reason behind anything that the SDK throws. The HTTP status goes first where the body cannot be trusted. */
export const reasonOf = (error: unknown): Reason => {
  if (error instanceof GlueError) return error.reason;
  const status = httpStatusOf(error);
  if (status === 429) return 'throttled';
  // Only proxies ask for a password of their own.
  if (error instanceof ProxyError || status === PROXY_PASSWORD_WANTED) return 'network';
  if (status !== undefined && status >= 500) return 'server_error';
  // The SDK calls every reset, EPIPE and ETIMEDOUT a TimeoutError; its own time-outs carry ETIMEDOUT as well.
  if (property(error, 'code') === 'ECONNRESET' || property(error, 'code') === 'EPIPE') return 'network';
  // A key or token with a character that no header may hold, mostly a newline at its end.
  if (property(error, 'code') === 'ERR_INVALID_CHAR') return 'expired_credentials';
  const byName = REASON_BY_NAME.get(nameOf(error));
  if (byName !== undefined) return byName;
  if (isNetworkError(error)) return 'network';
  if (status === 401 || status === 403) return 'access_denied';
  if (status !== undefined && status >= 400) return 'invalid_request';
  return 'other';
};

/**
 * What an error that the SDK throws says something about. It throws TypeErrors over single fields, and SyntaxErrors over
 * answers that are none. Of the refusals, only those of a name or an input can be one job's alone.
 */
export const scopeOf = (error: unknown, reason: Reason): Scope => {
  if (reason === 'not_found' || (reason === 'bad_response' && error instanceof TypeError)) return 'entity';
  return nameOf(error) === 'InvalidInputException' ? 'entity' : 'target';
};

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const property = (value: unknown, key: string): unknown => (isObject(value) ? value[key] : undefined);

/** The HTTP status of the answer behind an error; undefined when there was none. */
export const httpStatusOf = (error: unknown): number | undefined => {
  const status =
    property(property(error, '$metadata'), 'httpStatusCode') ?? property(property(error, '$response'), 'statusCode');
  return typeof status === 'number' ? status : undefined;
};

/** The status of a proxy that asks for a user and password. */
export const PROXY_PASSWORD_WANTED = 407;

/** Whether a proxy does not let the request through, at whatever time it is asked. */
const isDeniedByProxy = (error: unknown): boolean => {
  const status = error instanceof ProxyError ? error.status : httpStatusOf(error);
  return (
    status === PROXY_PASSWORD_WANTED || (error instanceof ProxyError && (status ?? 0) >= 400 && (status ?? 0) < 500)
  );
};

/** Of sockets, DNS, TLS and HTTP. Other codes, such as those of files, are failures of this machine. */
const NETWORK_CODE =
  /^(ECONN[A-Z]+|EPIPE|ETIMEDOUT|E(HOST|NET)(UNREACH|DOWN)|ENETRESET|EADDRNOTAVAIL|ENOTFOUND|EAI_[A-Z]+|EPROTO|ERR_TLS_.*|ERR_SSL_.*|CERT_.*|DEPTH_ZERO_.*|SELF_SIGNED_.*|UNABLE_TO_.*|HPE_.*)$/;

/** Socket, DNS and TLS errors carry Node's error code; a connection that ends within the body is "aborted". */
const isNetworkError = (error: unknown): boolean => {
  const code = property(error, 'code');
  if (typeof code === 'string' && NETWORK_CODE.test(code)) return true;
  // A firewall of this machine.
  if ((code === 'EPERM' || code === 'EACCES') && property(error, 'syscall') === 'connect') return true;
  return error instanceof Error && /\baborted\b|socket hang up/.test(error.message);
};
