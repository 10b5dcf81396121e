/** A state file or folder that cannot be used as it is; the message says why, and what to do. */
export class StateError extends Error {
  override readonly name = 'StateError';
}

/** The code of an error of the system, such as ENOENT. */
export const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

/** Whether the volume is full or the quota is used up. */
export const isOutOfSpace = (error: unknown): boolean => codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT';
