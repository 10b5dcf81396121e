import { describe, expect, test } from 'vitest';
import { ProxyError } from '../../src/glue/proxy-error.ts';
import { GlueError, REASONS, type Reason } from '../../src/glue/reason.ts';
import { remedyFor } from '../../src/glue/remedy.ts';

const failing = (reason: Reason, message: string, cause?: object): string =>
  remedyFor(new GlueError('GetJobs', reason, message, { cause: Object.assign(new Error(message), cause) }));

describe('what to look at', () => {
  test.each(REASONS)('is said of everything that can go wrong: %s', reason => {
    expect(failing(reason, '')).toMatch(/^[a-zA-Z].{20,}[^.]$/);
  });

  test.each([
    ['ENOTFOUND', 'this host does not exist'],
    ['EAI_AGAIN', 'DNS'],
    ['ECONNREFUSED', 'nothing listens there'],
    ['ENETUNREACH', 'routes'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'NODE_EXTRA_CA_CERTS'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'NODE_EXTRA_CA_CERTS'],
    ['CERT_HAS_EXPIRED', 'has expired'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'another host'],
    ['EPROTO', 'does not speak TLS'],
    ['HPE_INVALID_CONSTANT', 'does not speak HTTP'],
    ['ECONNRESET', 'the network fails'],
  ])('follows from the error of the network: %s', (code, words) => {
    expect(failing('network', 'x', { code })).toContain(words);
  });

  test.each([
    [{ status: 407 }, 'http://USER:PASSWORD@HOST:PORT'],
    [{ status: 403 }, 'does not allow this host'],
    [{ status: 503 }, 'cannot reach this host'],
    [{ code: 'ETIMEDOUT' }, 'does not answer in time'],
    [{ code: 'SELF_SIGNED_CERT_IN_CHAIN' }, 'the TLS certificate of the proxy'],
    [{ code: 'ENOTFOUND' }, 'the proxy cannot be reached'],
  ])('follows from what a proxy does: %o', (details, words) => {
    const cause = new ProxyError(new URL('http://user:secret@proxy.example:3128'), 'x', details);
    expect(remedyFor(new GlueError('GetJobs', 'network', 'x', { cause }))).toContain(words);
    expect(cause.message).toBe('proxy http://proxy.example:3128: x');
  });

  test.each([
    ['ExpiredTokenException', 'have expired'],
    ['UnrecognizedClientException', 'does not know this access key'],
    ['InvalidSignatureException', 'the secret access key'],
    ['CredentialsProviderError', 'missing or not accepted'],
  ])('follows from what AWS says of credentials: %s', (name, words) => {
    expect(failing('expired_credentials', 'x', { name })).toContain(words);
  });

  test.each([
    ['X is not authorized to perform: sts:AssumeRole on resource: Y', 'external_id'],
    ['X is not authorized to perform: sts:AssumeRoleWithWebIdentity', 'OIDC'],
    ['X is not authorized to perform: glue:GetJobs with an explicit deny in a service control policy', 'denies it'],
    ['X is not authorized to perform: glue:GetJobs because no permissions boundary allows', 'boundary'],
    ['X is not authorized to perform: glue:GetJobs because no identity-based policy allows', 'iam-policy'],
  ])('follows from a denial: %s', (message, words) => {
    expect(failing('access_denied', message)).toContain(words);
  });
});
