import { describe, expect, it } from 'vitest';
import { ProxyError } from '../../src/glue/proxy-error.ts';
import { GlueError, isWorthRetrying, REASONS, reasonOf, scopeOf } from '../../src/glue/reason.ts';

const proxy = new URL('http://user:secret@proxy.example:3128');
const named = (name: string, more: object = {}): Error => Object.assign(new Error('x'), { name, ...more });
const withStatus = (status: number, name = 'Error') => named(name, { $metadata: { httpStatusCode: status } });
/** The SDK hangs the response on errors of its parser. */
const unparsable = (status: number) =>
  Object.assign(new SyntaxError('<!DOCTYPE'), { $response: { statusCode: status } });

describe('the reason of a failure', () => {
  it.each([
    ['an error of AWS', withStatus(400, 'ThrottlingException'), 'throttled'],
    ['an error of STS', withStatus(403, 'AccessDenied'), 'access_denied'],
    ['an expired token', withStatus(400, 'ExpiredTokenException'), 'expired_credentials'],
    ['no credentials', named('CredentialsProviderError'), 'expired_credentials'],
    ['what does not exist', withStatus(400, 'EntityNotFoundException'), 'not_found'],
    ['a request that makes no sense', withStatus(400, 'InvalidInputException'), 'invalid_request'],
    ['a time-out of AWS', withStatus(400, 'OperationTimeoutException'), 'timeout'],
    ['a time-out of the SDK', named('TimeoutError'), 'timeout'],
    ['a name that is unknown, by its status', withStatus(400, 'BrandNewException'), 'invalid_request'],
    ['no name, by its status', withStatus(401), 'access_denied'],
    ['too many requests', withStatus(429), 'throttled'],
    ['HTML with 200', unparsable(200), 'bad_response'],
    ['HTML with 503', unparsable(503), 'server_error'],
    ['HTML with 429', unparsable(429), 'throttled'],
    ['a status that says more than the name', withStatus(500, 'ValidationException'), 'server_error'],
    ['a value of a wrong type', new TypeError('x'), 'bad_response'],
    ['a reset', named('Error', { code: 'ECONNRESET' }), 'network'],
    ['a refusal', named('Error', { code: 'ECONNREFUSED' }), 'network'],
    ['no such host', named('Error', { code: 'ENOTFOUND' }), 'network'],
    ['no name server', named('Error', { code: 'EAI_AGAIN' }), 'network'],
    ['a certificate', named('Error', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }), 'network'],
    ['a certificate of another host', named('Error', { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }), 'network'],
    ['no HTTP', named('Error', { code: 'HPE_INVALID_CONSTANT' }), 'network'],
    ['a firewall of this machine', named('Error', { code: 'EPERM', syscall: 'connect' }), 'network'],
    ['a file that is missing', named('Error', { code: 'ENOENT', syscall: 'open' }), 'other'],
    ['a file that nobody may read', named('Error', { code: 'EACCES', syscall: 'open' }), 'other'],
    ['too many open files', named('Error', { code: 'EMFILE', syscall: 'connect' }), 'other'],
    ['a user without a home', named('SystemError', { code: 'ERR_SYSTEM_ERROR', syscall: 'uv_os_homedir' }), 'other'],
    ['a proxy that cannot be reached', new ProxyError(proxy, 'x', { code: 'ECONNREFUSED' }), 'network'],
    ['a proxy that asks for a password', new ProxyError(proxy, 'x', { status: 407 }), 'network'],
    ['the same, for a plain request', withStatus(407), 'network'],
    ['an answer that breaks off', new Error('aborted'), 'network'],
    ['a hang-up', new Error('socket hang up'), 'network'],
    ['our own', new GlueError('GetJobs', 'timeout', 'x'), 'timeout'],
    ['anything else', new Error('x'), 'other'],
    ['no error at all', 'x', 'other'],
    ['nothing', undefined, 'other'],
  ])('of %s', (_what, error, reason) => {
    expect(reasonOf(error)).toBe(reason);
    expect(REASONS).toContain(reason);
  });

  it('is worth another try when seconds can cure it', () => {
    expect(REASONS.filter(reason => isWorthRetrying(new GlueError('GetJobs', reason, '')))).toEqual([
      'throttled',
      'network',
      'server_error',
    ]);
  });

  it('of a proxy is worth another try unless the proxy denies the request', () => {
    const retried = (cause: Error) => isWorthRetrying(new GlueError('GetJobs', 'network', '', { cause }));
    expect(retried(new ProxyError(proxy, 'x', { code: 'ECONNREFUSED' }))).toBe(true);
    expect(retried(new ProxyError(proxy, 'x', { status: 503 }))).toBe(true);
    expect(retried(new ProxyError(proxy, 'x', { status: 403 }))).toBe(false);
    expect(retried(new ProxyError(proxy, 'x', { status: 407 }))).toBe(false);
    expect(retried(withStatus(407))).toBe(false);
  });

  it('says something about one job or workflow alone, or about the whole target', () => {
    const named = (name: string) => Object.assign(new Error(name), { name });
    expect(scopeOf(named('EntityNotFoundException'), 'not_found')).toBe('entity');
    expect(scopeOf(named('InvalidInputException'), 'invalid_request')).toBe('entity');
    expect(scopeOf(new TypeError('a field'), 'bad_response')).toBe('entity');
    expect(scopeOf(new SyntaxError('no JSON'), 'bad_response')).toBe('target');
    expect(scopeOf(named('GlueEncryptionException'), 'invalid_request')).toBe('target');
    expect(scopeOf(named('AccessDeniedException'), 'access_denied')).toBe('target');
  });
});
