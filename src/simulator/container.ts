import { ApiError } from './api-error.ts';
import { type SessionOptions, sessionCredentials } from './sessions.ts';

export const containerPath = '/_simulator/credentials';

const lifetimeSeconds = 6 * 3600;

/** What an ECS or EKS agent answers to a container that asks for its credentials; throws ApiError. */
export const answerContainer = (
  accountId: string,
  authorization: { readonly asked: string | undefined; readonly sent: string | undefined },
  sessions: SessionOptions,
): string => {
  if (authorization.asked !== undefined && authorization.sent !== authorization.asked) {
    throw new ApiError('AccessDeniedException', 'The authorization token is not that of the container', 401);
  }
  const arn = `arn:aws:sts::${accountId}:assumed-role/container/simulator`;
  const { SessionToken, ...credentials } = sessionCredentials(accountId, arn, lifetimeSeconds, sessions);
  return JSON.stringify({ ...credentials, Token: SessionToken, RoleArn: `arn:aws:iam::${accountId}:role/container` });
};

/** Errors of the agents have a form of their own. */
export const containerErrorBody = ({ code, message }: ApiError): string =>
  JSON.stringify({ Code: code, Message: message });
