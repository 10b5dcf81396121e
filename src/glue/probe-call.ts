import { OPERATIONS } from './aws.ts';
import type { Glue } from './glue.ts';
import type { Operation } from './operations.ts';
import { GlueError } from './reason.ts';

/**
 * Calls an operation for the least that it can be asked, to see whether it may be called at all. AWS looks at permissions first, so
 * that nothing found is a good answer. Rejects with a GlueError.
 */
export const probeCall = async (glue: Glue, operation: Operation): Promise<void> => {
  try {
    await glue.call(operation, OPERATIONS[operation].smallest, () => undefined);
  } catch (error) {
    if (!(error instanceof GlueError && error.reason === 'not_found')) throw error;
  }
};
