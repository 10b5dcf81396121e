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

/** What AWS says of a run's capacity; absent where it says nothing. */
export interface RunCapacity {
  readonly dpuSeconds: number | undefined;
  readonly maxCapacity: number | undefined;
  readonly numberOfWorkers: number | undefined;
  readonly workerType: string | undefined;
  readonly executionSeconds: number | undefined;
}

/** DPU-seconds and where they come from: AWS reported them, or they are capacity times execution time. */
export interface DpuSeconds {
  readonly value: number;
  readonly source: 'reported' | 'estimated';
}

/**
 * DPU-seconds of a run. AWS reports them for FLEX and auto-scaled runs only; for the rest capacity × execution time is
 * what they consumed, start-up excluded. AWS bills a minute of each run at least. Undefined when the answer lacks what is needed or the worker type is unknown.
 */
export const dpuSecondsOf = (capacity: RunCapacity): DpuSeconds | undefined => {
  const { dpuSeconds, executionSeconds } = capacity;
  if (dpuSeconds !== undefined) return { value: dpuSeconds, source: 'reported' };
  const dpus = dpusOf(capacity);
  if (executionSeconds === undefined || dpus === undefined) return undefined;
  return { value: dpus * executionSeconds, source: 'estimated' };
};

/** The DPUs that a run can use at once. Undefined when the answer lacks what is needed or the worker type is unknown. */
export const dpusOf = ({
  maxCapacity,
  numberOfWorkers,
  workerType,
}: Pick<RunCapacity, 'maxCapacity' | 'numberOfWorkers' | 'workerType'>): number | undefined => {
  if (maxCapacity !== undefined) return maxCapacity;
  const perWorker = workerType === undefined ? undefined : DPUS_PER_WORKER.get(workerType);
  return numberOfWorkers === undefined || perWorker === undefined ? undefined : numberOfWorkers * perWorker;
};
