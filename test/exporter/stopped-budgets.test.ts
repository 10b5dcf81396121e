import { expect, test } from 'vitest';
import { type BudgetScope, createStoppedBudgets } from '../../src/exporter/stopped-budgets.ts';
import { createBudget } from '../../src/poll/budget.ts';

const [ACCOUNT, OTHER_ACCOUNT] = ['111122223333', '444455556666'];

/** Budgets that AWS has throttled, each with its own rate, stopped in these places. */
const stopped = (...scopes: readonly BudgetScope[]) => {
  const budgets = createStoppedBudgets();
  for (const [index, scope] of scopes.entries()) {
    const budget = createBudget(100 + index);
    budget.throttled();
    budgets.add(scope, budget.history);
  }
  return budgets;
};

test.each<[string, BudgetScope, number[]]>([
  ['an account', { region: 'eu-west-1', accountId: ACCOUNT }, [100, 103]],
  ['an account that is not known yet', { region: 'eu-west-1', accountId: undefined }, [100, 102, 103]],
  ['another account', { region: 'eu-west-1', accountId: OTHER_ACCOUNT }, [102, 103]],
  ['another region', { region: 'eu-north-1', accountId: ACCOUNT }, []],
])('finds the budgets that are or may be of %s', (_, scope, rates) => {
  const budgets = stopped(
    { region: 'eu-west-1', accountId: ACCOUNT },
    { region: 'us-east-1', accountId: ACCOUNT },
    { region: 'eu-west-1', accountId: OTHER_ACCOUNT },
    { region: 'eu-west-1', accountId: undefined },
  );
  expect(budgets.of(scope).map(({ requestsPerSecond }) => requestsPerSecond)).toEqual(rates);
});

test('keeps none that make no difference', () => {
  const budgets = createStoppedBudgets();
  const scope = { region: 'eu-west-1', accountId: ACCOUNT };
  budgets.add(scope, createBudget(10).history);
  expect(budgets.of(scope)).toEqual([]);
});
