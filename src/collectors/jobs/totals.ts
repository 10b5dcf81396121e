import type { Run } from '../../runs/run.ts';
import type { RunResult } from '../collector.ts';
import { secondsBetween } from '../samples.ts';
import { isStreaming, type JobDefinition } from './definitions.ts';
import type { JobRunFacts } from './runs.ts';
import { ENDED_JOB_STATES, RESTARTED, verdictOf } from './states.ts';

/** Keys of the ledger's totals. Saved ledgers contain them: never change what a key means. */
export const runsTotal = (state: string) => `runs/${state}`;
export const executionTotal = (state: string) => `execution_seconds/${state}`;
export const dpuTotal = (source: string) => `dpu_seconds/${source}`;

/** As long as AWS may report an amount, the estimate does not count. */
export const finalDpuSeconds = ({ facts, isProvisional }: Pick<Run<JobRunFacts>, 'facts' | 'isProvisional'>) =>
  isProvisional && facts.dpuSeconds?.source === 'estimated' ? undefined : facts.dpuSeconds;

/** Seconds that a run did not execute: queueing, start-up and winding down. */
export const queueSeconds = (run: Run<JobRunFacts>, completedAt: number): number | undefined => {
  if (run.startedAt === undefined || run.facts.executionSeconds === undefined) return undefined;
  return secondsBetween(run.startedAt + run.facts.executionSeconds, completedAt);
};

/** What a run that ended adds to the totals of its job. */
export const tally = ({ state, facts, isProvisional }: Run<JobRunFacts>): readonly (readonly [string, number])[] => {
  const { executionSeconds } = facts;
  const dpuSeconds = finalDpuSeconds({ facts, isProvisional });
  return [
    [runsTotal(state), 1],
    ...(executionSeconds === undefined ? [] : [[executionTotal(state), executionSeconds] as const]),
    ...(dpuSeconds === undefined ? [] : [[dpuTotal(dpuSeconds.source), dpuSeconds.value] as const]),
  ];
};

/** The result of a run of a streaming job that Glue restarted, in the totals of an account. */
const RESTART = 'RESTARTED';

export const results: readonly RunResult[] = [
  ...ENDED_JOB_STATES.map(name => ({ name, verdict: verdictOf(name) })),
  { name: RESTART, verdict: 'other' },
];

/** The result whose runs a total counts. */
export const resultOf = (key: string, definition: JobDefinition): string | undefined => {
  const state = /^runs\/(\w+)$/.exec(key)?.[1];
  return isStreaming(definition) && state === RESTARTED ? RESTART : state;
};
