import { isNumber, objectOf, oneOf, type Stored } from '../../runs/stored.ts';

/**
 * DPUs of one worker. R and Z types are memory-optimised M-DPUs, which AWS prices apart.
 * Source: https://docs.aws.amazon.com/glue/latest/dg/worker-types.html
 */
const DPUS_PER_WORKER: ReadonlyMap<string, number> = new Map([
  ['G.025X', 0.25],
  ['G.1X', 1],
  ['G.2X', 2],
  ['G.4X', 4],
  ['G.8X', 8],
  ['G.12X', 12],
  ['G.16X', 16],
  ['Standard', 1],
  ['R.1X', 1],
  ['R.2X', 2],
  ['R.4X', 4],
  ['R.8X', 8],
  ['Z.2X', 2],
]);

/** Whether it is a worker type whose DPUs this version does not know. */
export const isUnknownWorkerType = (workerType: string | undefined): workerType is string =>
  workerType !== undefined && !DPUS_PER_WORKER.has(workerType);

/** A run's capacity as AWS reports it. */
export interface RunCapacity {
  readonly dpuSeconds: number | undefined;
  readonly maxCapacity: number | undefined;
  readonly numberOfWorkers: number | undefined;
  readonly workerType: string | undefined;
  readonly executionSeconds: number | undefined;
}

/** DPU-seconds, and whether AWS reported them or they are capacity times execution time. */
export const isDpuSeconds = objectOf({ value: isNumber, source: oneOf(['reported', 'estimated']) });
export type DpuSeconds = Stored<typeof isDpuSeconds>;

/**
 * DPU-seconds of a run. AWS reports them for FLEX and auto-scaled runs only. For other runs they are capacity × execution time,
 * without start-up; AWS bills at least a minute of each run. Undefined when a value is missing or the worker type is unknown.
 */
export const dpuSecondsOf = (capacity: RunCapacity): DpuSeconds | undefined => {
  const { dpuSeconds, executionSeconds } = capacity;
  if (dpuSeconds !== undefined) return { value: dpuSeconds, source: 'reported' };
  const dpus = dpusOf(capacity);
  if (executionSeconds === undefined || dpus === undefined) return undefined;
  return { value: dpus * executionSeconds, source: 'estimated' };
};

/** The DPUs that a run can use at the same time. Undefined when a value is missing or the worker type is unknown. */
export const dpusOf = ({
  maxCapacity,
  numberOfWorkers,
  workerType,
}: Pick<RunCapacity, 'maxCapacity' | 'numberOfWorkers' | 'workerType'>): number | undefined => {
  if (maxCapacity !== undefined) return maxCapacity;
  const perWorker = workerType === undefined ? undefined : DPUS_PER_WORKER.get(workerType);
  return numberOfWorkers === undefined || perWorker === undefined ? undefined : numberOfWorkers * perWorker;
};
