import { type BudgetHistory, hasEffect } from '../poll/budget.ts';

/** Where a request budget applies: AWS limits the requests of an account in a region. */
export interface BudgetScope {
  readonly region: string;
  /** Undefined while neither the config nor AWS has said it. */
  readonly accountId: string | undefined;
}

/** The request budgets of targets that reloads have stopped, as long as they make a difference. */
export interface StoppedBudgets {
  add(scope: BudgetScope, history: BudgetHistory): void;
  /** Those whose account and region are, or may be, the same. */
  of(scope: BudgetScope): readonly BudgetHistory[];
}

export const createStoppedBudgets = (): StoppedBudgets => {
  let stopped: readonly { readonly scope: BudgetScope; readonly history: BudgetHistory }[] = [];
  return {
    add(scope, history) {
      stopped = [...stopped, { scope, history }].filter(budget => hasEffect(budget.history));
    },
    of: scope => stopped.filter(budget => maybeSame(budget.scope, scope)).map(({ history }) => history),
  };
};

const maybeSame = (a: BudgetScope, b: BudgetScope): boolean =>
  a.region === b.region && (a.accountId === undefined || b.accountId === undefined || a.accountId === b.accountId);
