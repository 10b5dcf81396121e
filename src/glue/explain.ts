import { ProxyError } from './proxy-error.ts';
import { httpStatusOf, PROXY_PASSWORD_WANTED, type Reason } from './reason.ts';

const MOST_CHARACTERS = 300;

/**
 * One line for logs and the status page about anything that the SDK throws. An answer can quote what was sent, or what somebody
 * keeps in his account: tokens, passwords, run arguments. So nothing of it is repeated but names and parts of a known form;
 * errors of this machine (sockets, names, files) stay as they are.
 */
export const explain = (error: unknown, reason: Reason): string => {
  if (!(error instanceof Error)) return 'something was thrown that is no error';
  if (error.name === 'CredentialsProviderError' || error.name === 'TokenProviderError') {
    return credentialsProblem(error.message);
  }
  if (error instanceof ProxyError) return firstLine(error.message);
  const status = httpStatusOf(error);
  if (status === PROXY_PASSWORD_WANTED) return `the proxy asks for a user and password (status ${status})`;
  // What the SDK calls an error whose name it did not find in the answer.
  const isNamed = '$fault' in error && error.name !== 'Unknown';
  if (isNamed) return reason === 'access_denied' ? `${error.name}: ${denial(error.message)}` : error.name;
  if (status !== undefined && status >= 400) return `status ${status}, and the answer is not one of AWS`;
  if (reason === 'bad_response') return 'the answer could not be understood';
  const message = firstLine(error.message);
  return error.name === 'Error' || error.name === '' ? message : `${error.name}: ${message}`;
};

const firstLine = (text: string): string => {
  const [line = ''] = text.split('\n');
  return line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS)}…` : line;
};

/** A credential_process is quoted with its arguments and what it wrote. */
const credentialsProblem = (message: string): string => {
  if (message.startsWith('Command failed')) return 'the credential_process of the AWS config failed';
  if (!message.startsWith('Could not load credentials from any providers')) return firstLine(message);
  return `${message}; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or AWS_PROFILE, or run where there is a role`;
};

const CALLER = /arn:[a-z-]+:(?:iam|sts)::\d{12}:(?:user|role|assumed-role|federated-user|root)[\w+=,.@/-]*/;
const ACTION = /\b(?:glue|sts|kms|lakeformation):[A-Z][A-Za-z]+\b/;
const RESOURCE = /on resource: (arn:[a-z-]+:[a-z]+:[a-z0-9-]*:\d{12}:[\w+=,.@:/*-]+)/;
const WHY =
  /because no [a-z-]+ polic(?:y|ies) allows?|with an explicit deny in an? [a-z -]+ policy|because no permissions boundary allows/;

/** Who may not do what on what, and which policy says so, as far as AWS says it. */
const denial = (message: string): string => {
  const caller = CALLER.exec(message)?.[0] ?? 'the caller';
  const action = ACTION.exec(message)?.[0];
  const resource = RESOURCE.exec(message)?.[1];
  const why = WHY.exec(message)?.[0];
  return [
    `${caller} is not authorized`,
    ...(action === undefined ? [] : [`to perform: ${action}`]),
    ...(resource === undefined ? [] : [`on resource: ${resource}`]),
    ...(why === undefined ? [] : [why]),
  ].join(' ');
};
