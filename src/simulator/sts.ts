import { createHash } from 'node:crypto';
import { type Accounts, admitted, type Caller } from './accounts.ts';
import { ApiError } from './api-error.ts';
import { type SessionOptions, sessionCredentials } from './sessions.ts';
import type { WebIdentities } from './web-identity.ts';

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

/** What an answer of STS depends on besides the question. */
export interface StsContext {
  readonly accounts: Accounts;
  /** Undefined for requests that are not signed. */
  readonly caller: Caller | undefined;
  readonly sessions: SessionOptions;
  readonly webIdentities: WebIdentities;
  readonly requestId: string;
}

/** The account of a role by its ARN. */
export const accountOfRole = (roleArn: string): string | undefined =>
  /^arn:[^:]+:iam::(\d{12}):role\/.+$/.exec(roleArn)?.[1];

interface WantedSession {
  readonly roleArn: string;
  readonly accountId: string;
  readonly sessionName: string;
  readonly durationSeconds: number;
}

const wantedSession = (form: URLSearchParams): WantedSession => {
  const roleArn = form.get('RoleArn') ?? '';
  const sessionName = form.get('RoleSessionName') ?? '';
  const accountId = accountOfRole(roleArn);
  if (accountId === undefined) throw new ApiError('ValidationError', `${roleArn} is invalid`);
  if (!/^[\w+=,.@-]{2,64}$/.test(sessionName))
    throw new ApiError('ValidationError', "Value at 'roleSessionName' is invalid");
  const durationSeconds = Number(form.get('DurationSeconds') ?? 3600);
  if (!(durationSeconds >= 900 && durationSeconds <= 43_200)) {
    throw new ApiError('ValidationError', "Value at 'durationSeconds' must be between 900 and 43200");
  }
  return { roleArn, accountId, sessionName, durationSeconds };
};

/** The credentials of a session and its user, as both ways to assume a role answer them. */
const openedSession = (wanted: WantedSession, sessions: SessionOptions): string => {
  const { roleArn, accountId, sessionName, durationSeconds } = wanted;
  const arn = `arn:aws:sts::${accountId}:assumed-role/${roleArn.split('/').at(-1)}/${sessionName}`;
  const credentials = textElements({ ...sessionCredentials(accountId, arn, durationSeconds, sessions) });
  const user = textElements({ AssumedRoleId: `${principalId('AROA', roleArn)}:${sessionName}`, Arn: arn });
  return element('Credentials', credentials) + element('AssumedRoleUser', user);
};

const assumeRole = (form: URLSearchParams, caller: Caller, { accounts, sessions }: StsContext): string => {
  const wanted = wantedSession(form);
  const externalId = accounts.externalId(wanted.accountId);
  if (!accounts.has(wanted.accountId) || (externalId !== undefined && form.get('ExternalId') !== externalId)) {
    const message = `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${wanted.roleArn}`;
    throw new ApiError('AccessDenied', message, 403);
  }
  return openedSession(wanted, sessions);
};

/** The one operation that is not signed: the token is the proof. */
const assumeRoleWithWebIdentity = (
  form: URLSearchParams,
  { accounts, sessions, webIdentities }: StsContext,
): string => {
  const wanted = wantedSession(form);
  webIdentities.check(form.get('WebIdentityToken') ?? '');
  if (!accounts.has(wanted.accountId)) {
    const message = `Not authorized to perform sts:AssumeRoleWithWebIdentity on resource: ${wanted.roleArn}`;
    throw new ApiError('AccessDenied', message, 403);
  }
  const identity = { SubjectFromWebIdentityToken: 'system:serviceaccount:monitoring:exporter', Provider: 'simulator' };
  return openedSession(wanted, sessions) + textElements(identity);
};

const callerIdentity = ({ arn, accountId }: Caller): string =>
  textElements({ Arn: arn, UserId: principalId('AIDA', arn), Account: accountId });

const signedBy = ({ caller }: StsContext): Caller => admitted(caller, 'ExpiredToken', 403);

/** What STS answers to a form (awsQuery), as XML; throws ApiError. */
export const answerSts = (form: URLSearchParams, context: StsContext): string => {
  const action = form.get('Action') ?? '';
  switch (action) {
    case 'GetCallerIdentity':
      return answer(action, callerIdentity(signedBy(context)), context.requestId);
    case 'AssumeRole':
      return answer(action, assumeRole(form, signedBy(context), context), context.requestId);
    case 'AssumeRoleWithWebIdentity':
      return answer(action, assumeRoleWithWebIdentity(form, context), context.requestId);
    default:
      throw new ApiError('InvalidAction', `Could not find operation ${action} for version 2011-06-15`);
  }
};
