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
export interface Capacity {
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
 * what is billed, start-up excluded. Undefined when the answer lacks what is needed or the worker type is unknown.
 */
export const dpuSecondsOf = (capacity: Capacity): DpuSeconds | undefined => {
  const { dpuSeconds, maxCapacity, numberOfWorkers, workerType, executionSeconds } = capacity;
  if (dpuSeconds !== undefined) return { value: dpuSeconds, source: 'reported' };
  if (executionSeconds === undefined) return undefined;
  if (maxCapacity !== undefined) return { value: maxCapacity * executionSeconds, source: 'estimated' };
  const perWorker = workerType === undefined ? undefined : DPUS_PER_WORKER.get(workerType);
  if (numberOfWorkers === undefined || perWorker === undefined) return undefined;
  return { value: numberOfWorkers * perWorker * executionSeconds, source: 'estimated' };
};
