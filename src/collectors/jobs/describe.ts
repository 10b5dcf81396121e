import type { ShownOutcome } from '../../runs/outcomes.ts';
import type { RunDescription } from '../../runs/recent.ts';
import type { Run } from '../../runs/run.ts';
import type { JobRunFacts } from './runs.ts';
import { RESTART, RESTARTED } from './states.ts';

/** The results whose names or first letters say too little. */
export const SHOWN: Readonly<Record<string, ShownOutcome>> = {
  STOPPED: { word: 'stopped', sign: 'P' },
  TIMEOUT: { word: 'timed out', sign: 'T' },
  EXPIRED: { word: 'expired', sign: 'X' },
  [RESTART]: { word: 'restarted', sign: 'G' },
};

/** What people are shown of a run. */
export const describeRun = ({ state, verdict, facts }: Run<JobRunFacts>): RunDescription => {
  const seconds = facts.executionSeconds;
  if (state !== RESTARTED || verdict !== 'other') return { outcome: SHOWN[state], seconds };
  return { outcome: SHOWN[RESTART], seconds, log: { level: 'info', message: 'Streaming run restarted by AWS' } };
};
