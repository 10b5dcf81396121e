import { describe, expect, test } from 'vitest';
import { explain } from '../../src/glue/explain.ts';

const fromAws = (name: string, message: string): Error =>
  Object.assign(new Error(message), { name, $fault: 'client', $metadata: { httpStatusCode: 400 } });

const SECRET = 'wJalrXUtnFEMI/K7MDENG';

describe('what is told of an error', () => {
  test.each([
    [
      'User: arn:aws:sts::111122223333:assumed-role/exporter/i-0abc is not authorized to perform: glue:GetJobs on resource: arn:aws:glue:eu-west-1:111122223333:job/etl because no identity-based policy allows the glue:GetJobs action',
      'arn:aws:sts::111122223333:assumed-role/exporter/i-0abc is not authorized to perform: glue:GetJobs on resource: arn:aws:glue:eu-west-1:111122223333:job/etl because no identity-based policy allows',
    ],
    [
      `User: arn:aws-cn:iam::111122223333:user/ops is not authorized to perform: sts:AssumeRole on resource: * with an explicit deny in a service control policy (${SECRET})`,
      'arn:aws-cn:iam::111122223333:user/ops is not authorized to perform: sts:AssumeRole with an explicit deny in a service control policy',
    ],
    [`Insufficient Lake Formation permission(s): ${SECRET}`, 'the caller is not authorized'],
    ['', 'the caller is not authorized'],
  ])('who may not do what, and nothing else that a denial says: %s', (message, told) => {
    expect(explain(fromAws('AccessDeniedException', message), 'access_denied')).toBe(`AccessDeniedException: ${told}`);
  });

  test('is the name only of what else AWS answers', () => {
    const error = fromAws('InvalidInputException', `Value '${SECRET}' at 'nextToken' is not valid`);
    expect(explain(error, 'invalid_request')).toBe('InvalidInputException');
  });

  test('is the status of an answer that is not one of AWS', () => {
    const parsing = new SyntaxError(`Unexpected token '<', "<p>${SECRET}" is not valid JSON`);
    const proxied = Object.assign(parsing, { $response: { statusCode: 502 } });
    expect(explain(proxied, 'server_error')).toBe('status 502, and the answer is not one of AWS');
    expect(explain(Object.assign(parsing, { $response: { statusCode: 200 } }), 'bad_response')).toBe(
      'the answer could not be understood',
    );
  });

  test('is all that the machine itself says, on one line and not for pages', () => {
    expect(explain(new Error('connect ECONNREFUSED 127.0.0.1:4566\n    at TCP'), 'network')).toBe(
      'connect ECONNREFUSED 127.0.0.1:4566',
    );
    expect(explain(new Error('x'.repeat(400)), 'other')).toBe(`${'x'.repeat(300)}…`);
    expect(explain(Object.assign(new Error('late'), { name: 'TimeoutError' }), 'timeout')).toBe('TimeoutError: late');
  });

  test('has what to do about missing credentials, and not what a credential_process was called with', () => {
    const missing = (message: string) => Object.assign(new Error(message), { name: 'CredentialsProviderError' });
    expect(explain(missing('Could not load credentials from any providers'), 'expired_credentials')).toMatch(
      /^Could not load credentials from any providers; set AWS_ACCESS_KEY_ID/,
    );
    expect(explain(missing(`Command failed: vault --token ${SECRET}\nno ${SECRET}`), 'expired_credentials')).toMatch(
      /^the credential_process of the AWS config failed$/,
    );
  });

  test('is nothing of what is thrown that is no error', () => {
    expect(explain(SECRET, 'other')).not.toContain(SECRET);
  });
});
