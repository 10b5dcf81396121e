export interface TurnLimits {
  readonly waitingPerAsker: number;
  readonly waitingInAll: number;
}

/** Runs a task when it is its turn; undefined, at once, when too many wait already. */
export type TakeTurn = <Result>(asker: string, task: () => Promise<Result>) => Promise<Result> | undefined;

/** One task at a time. Askers take turns, so that one with many tasks does not keep the others waiting. */
export const createTurns = ({ waitingPerAsker, waitingInAll }: TurnLimits): TakeTurn => {
  /** In the order of their next turn; those without a task waiting are not in here. */
  const waiting = new Map<string, (() => Promise<void>)[]>();
  let count = 0;
  let busy = false;

  const next = async (): Promise<void> => {
    const [first] = waiting;
    if (busy || first === undefined) return;
    const [asker, [run, ...others]] = first;
    waiting.delete(asker);
    if (others.length > 0) waiting.set(asker, others);
    count -= 1;
    busy = true;
    await run?.();
    busy = false;
    void next();
  };

  return (asker, task) => {
    const own = waiting.get(asker) ?? [];
    if (own.length >= waitingPerAsker || count >= waitingInAll) return undefined;
    return new Promise((resolve, reject) => {
      waiting.set(asker, [...own, () => task().then(resolve, reject)]);
      count += 1;
      void next();
    });
  };
};
