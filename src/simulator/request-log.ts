/** Tells of a request as it is received: real time, epoch milliseconds with fractions, which never goes back. */
export type RequestListener = (operation: string, accountId: string | undefined, atMillis: number) => void;

type Counts = ReadonlyMap<string, number>;

export interface RequestLog {
  readonly byOperation: Counts;
  /** Requests whose account is not known are in none. */
  readonly byAccount: ReadonlyMap<string, Counts>;
  readonly add: (operation: string, accountId: string | undefined) => void;
}

const increase = (counts: Map<string, number>, key: string): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1);
};

export const requestLog = (onRequest: RequestListener = () => {}): RequestLog => {
  const byOperation = new Map<string, number>();
  const byAccount = new Map<string, Map<string, number>>();
  return {
    byOperation,
    byAccount,
    add: (operation, accountId) => {
      increase(byOperation, operation);
      if (accountId !== undefined) {
        const ofAccount = byAccount.get(accountId) ?? new Map<string, number>();
        byAccount.set(accountId, ofAccount);
        increase(ofAccount, operation);
      }
      onRequest(operation, accountId, performance.timeOrigin + performance.now());
    },
  };
};
