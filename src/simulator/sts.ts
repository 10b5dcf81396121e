import { createHash } from 'node:crypto';
import { type Accounts, type Caller, sessionTokenOf, temporaryAccessKey } from './accounts.ts';
import { ApiError } from './api-error.ts';

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/';

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};
const escapeXml = (text: string): string => text.replace(/[&<>"']/g, character => escapes[character] ?? character);

const element = (name: string, content: string): string => `<${name}>${content}</${name}>`;
const textElements = (members: Readonly<Record<string, string>>): string =>
  Object.entries(members)
    .map(([name, value]) => element(name, escapeXml(value)))
    .join('');

const answer = (action: string, result: string, requestId: string): string =>
  `<${action}Response xmlns="${namespace}">${element(`${action}Result`, result)}${element('ResponseMetadata', textElements({ RequestId: requestId }))}</${action}Response>`;

/** An error in the form of awsQuery. */
export const stsErrorBody = ({ code, message, status }: ApiError, requestId: string): string => {
  const type = status < 500 ? 'Sender' : 'Receiver';
  const error = element('Error', textElements({ Type: type, Code: code, Message: message }));
  return `<ErrorResponse xmlns="${namespace}">${error}${textElements({ RequestId: requestId })}</ErrorResponse>`;
};

/** The id of a role or user, the same for the same ARN. */
const principalId = (prefix: string, arn: string): string =>
  prefix + createHash('sha256').update(arn).digest('hex').slice(0, 16).toUpperCase();

const assumeRole = (query: URLSearchParams, accounts: Accounts, caller: Caller): string => {
  const roleArn = query.get('RoleArn') ?? '';
  const sessionName = query.get('RoleSessionName') ?? '';
  const [, accountId, path] = /^arn:[^:]+:iam::(\d{12}):role\/(.+)$/.exec(roleArn) ?? [];
  if (accountId === undefined || path === undefined) throw new ApiError('ValidationError', `${roleArn} is invalid`);
  if (!/^[\w+=,.@-]{2,64}$/.test(sessionName))
    throw new ApiError('ValidationError', "Value at 'roleSessionName' is invalid");
  const durationSeconds = Number(query.get('DurationSeconds') ?? 3600);
  if (!(durationSeconds >= 900 && durationSeconds <= 43_200)) {
    throw new ApiError('ValidationError', "Value at 'durationSeconds' must be between 900 and 43200");
  }
  const externalId = accounts.externalId(accountId);
  if (!accounts.has(accountId) || (externalId !== undefined && query.get('ExternalId') !== externalId)) {
    const message = `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`;
    throw new ApiError('AccessDenied', message, 403);
  }
  const roleName = path.split('/').at(-1) ?? path;
  const sessionArn = `arn:aws:sts::${accountId}:assumed-role/${roleName}/${sessionName}`;
  const credentials = textElements({
    AccessKeyId: temporaryAccessKey(accountId),
    SecretAccessKey: createHash('sha256').update(sessionArn).digest('base64').slice(0, 40),
    SessionToken: sessionTokenOf(sessionArn),
    // Real time, not simulated: the SDK holds it against the machine's clock.
    Expiration: new Date(Date.now() + durationSeconds * 1000).toISOString(),
  });
  const user = textElements({ AssumedRoleId: `${principalId('AROA', roleArn)}:${sessionName}`, Arn: sessionArn });
  return element('Credentials', credentials) + element('AssumedRoleUser', user);
};

const callerIdentity = ({ arn, accountId }: Caller): string =>
  textElements({ Arn: arn, UserId: principalId('AIDA', arn), Account: accountId });

/** What STS answers to a form (awsQuery), as XML; throws ApiError. */
export const answerSts = (query: URLSearchParams, accounts: Accounts, caller: Caller, requestId: string): string => {
  const action = query.get('Action') ?? '';
  switch (action) {
    case 'GetCallerIdentity':
      return answer(action, callerIdentity(caller), requestId);
    case 'AssumeRole':
      return answer(action, assumeRole(query, accounts, caller), requestId);
    default:
      throw new ApiError('InvalidAction', `Could not find operation ${action} for version 2011-06-15`);
  }
};
