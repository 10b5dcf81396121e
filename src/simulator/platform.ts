import { simulateJob } from './job-runs.ts';
import { type PlatformFrame, platformJobPlans } from './platform-jobs.ts';
import { platformWorkflowPlans } from './platform-workflows.ts';
import { historyTraitsOf } from './schedule.ts';
import { simulateWorkflow } from './workflow-runs.ts';
import type { RunOrders, World } from './world.ts';

export interface PlatformOptions {
  readonly seed: number | string;
  readonly accountId: string;
  readonly region: string;
  /** How many; the first 14 are arranged to show every state, and 8 more to run all the time. */
  readonly jobs: number;
  /** How many; the first 8 are arranged to show every status. */
  readonly workflows: number;
  /** The moment around which the world is arranged, epoch seconds. */
  readonly nowSeconds: number;
  readonly historyDays?: number;
  /** How far apart the starts of runs can be that nearly_newest_first lists in the wrong order; 5 unless given. */
  readonly inversionSeconds?: number;
  readonly runOrders?: RunOrders;
}

/** A region like that of a real data platform: hourly, nightly, streaming and odd jobs, with up to 90 days behind them. */
export const platformWorld = (options: PlatformOptions): World => {
  const { accountId, region, nowSeconds, historyDays = 90, runOrders = {} } = options;
  const traits = historyTraitsOf(options);
  const frame: PlatformFrame = { seed: String(options.seed), accountId, region, nowSeconds, historyDays };
  const seed = `${frame.seed}/${accountId}/${region}`;
  return {
    accountId,
    region,
    entities: {
      jobs: platformJobPlans(frame, options.jobs).map(plan =>
        simulateJob(seed, { ...plan, ...traits }, runOrders.jobs),
      ),
      workflows: platformWorkflowPlans(frame, options.workflows).map(plan =>
        simulateWorkflow(seed, { ...plan, ...traits }, runOrders.workflows),
      ),
    },
  };
};
