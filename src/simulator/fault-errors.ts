import { ApiError, invalidInput } from './api-error.ts';
import type { FaultKind } from './faults.ts';
import { deniedMessage, refusedInputMessage } from './messages.ts';

/** The request that an error is about, as far as errors echo it. */
export interface Refused {
  readonly service: string;
  readonly operation: string;
  readonly entities: readonly string[];
}

/** The error that a kind of fault stands for; undefined for those that spoil a good answer instead. */
export const faultError = (kind: FaultKind | undefined, refused: Refused): ApiError | undefined => {
  const about = refused.entities[0] ?? '*';
  switch (kind) {
    case 'throttle':
      return new ApiError('ThrottlingException', 'Rate exceeded');
    case 'server_error':
      return new ApiError('InternalServiceException', 'An internal service error occurred.', 500);
    case 'access_denied':
      return new ApiError('AccessDeniedException', deniedMessage(`${refused.service}:${refused.operation}`, about));
    case 'expired_token':
      return new ApiError('ExpiredTokenException', 'The security token included in the request is expired');
    case 'not_found':
      return new ApiError('EntityNotFoundException', `Entity with name ${about} not found.`);
    case 'invalid_input':
      return invalidInput(refusedInputMessage);
    case 'operation_timeout':
      return new ApiError('OperationTimeoutException', 'The operation timed out.');
    case 'unknown_error':
      return new ApiError('UnheardOfException', 'Something that no SDK has a name for.');
    default:
      return undefined;
  }
};
