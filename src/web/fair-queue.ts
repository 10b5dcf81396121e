/** How many tasks may wait for the one that runs. */
export interface QueueLimits {
  readonly waitingPerClient: number;
  readonly waitingInTotal: number;
}

/** Runs a task of a client when it is its turn; undefined when too many wait already. */
export type RunInTurn = <Result>(client: string, task: () => Promise<Result>) => Promise<Result> | undefined;

/** Runs one task at a time. Clients take turns, so that one with many tasks does not keep the others waiting. */
export const createFairQueue = ({ waitingPerClient, waitingInTotal }: QueueLimits): RunInTurn => {
  /** In the order of their next turn; those without a task waiting are not in here. */
  const waiting = new Map<string, (() => Promise<void>)[]>();
  let count = 0;
  let busy = false;

  const next = async (): Promise<void> => {
    const [first] = waiting;
    if (busy || first === undefined) return;
    const [client, [run, ...others]] = first;
    waiting.delete(client);
    if (others.length > 0) waiting.set(client, others);
    count -= 1;
    busy = true;
    await run?.();
    busy = false;
    void next();
  };

  return (client, task) => {
    const own = waiting.get(client) ?? [];
    if (own.length >= waitingPerClient || count >= waitingInTotal) return undefined;
    return new Promise((resolve, reject) => {
      waiting.set(client, [...own, () => task().then(resolve, reject)]);
      count += 1;
      void next();
    });
  };
};
