import type { EntityDefinition, Histories } from '../collectors/collector.ts';
import type { Glue } from '../glue/glue.ts';
import { GlueError } from '../glue/reason.ts';
import type { RunPage } from '../runs/history.ts';

/** Reads single runs by their ids, as long as that is permitted. */
export interface RunLookup<Definition, Facts> {
  isPermitted(): boolean;
  /** The run; undefined when AWS does not know it, 'denied' when that may not be asked. */
  read(glue: Glue, definition: Definition, runId: string): Promise<RunPage<Facts> | undefined | 'denied'>;
}

/** A denial is taken for lasting, but policies change. */
const ASK_AGAIN_AFTER_SECONDS = 3_600;

/** `uptime` in seconds, on a clock that only runs forward. */
export const createRunLookup = <Definition extends EntityDefinition, Facts>(
  { readRun }: Pick<Histories<Definition, Facts>, 'readRun'>,
  uptime: () => number,
): RunLookup<Definition, Facts> => {
  let deniedAt = Number.NEGATIVE_INFINITY;
  return {
    isPermitted: () => readRun !== undefined && uptime() - deniedAt >= ASK_AGAIN_AFTER_SECONDS,
    async read(glue, definition, runId) {
      if (readRun === undefined) return 'denied';
      try {
        return await readRun(glue, definition, runId);
      } catch (error) {
        if (!(error instanceof GlueError)) throw error;
        if (error.reason === 'not_found') return undefined;
        if (error.reason !== 'access_denied') throw error;
        deniedAt = uptime();
        return 'denied';
      }
    },
  };
};
