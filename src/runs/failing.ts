import { type FailureRules, failureKey, STOPPED_SUFFIX } from './failure-rules.ts';
import { activeRetries, type Ledger, oldestExecutingStart } from './ledger.ts';

/**
 * The ledger without failures that are none any more: `stopped_is_failure` was removed, or an older version took the restarts of a
 * streaming job for failures. The last failure becomes the last that is left. The same ledger where nothing changes.
 */
export const withoutFormerFailures = <Facts>(ledger: Ledger<Facts>, rules: FailureRules): Ledger<Facts> => {
  const { countedFailures = {}, lastCompleted, lastFailureAt } = ledger;
  const isFormer = (key: string): boolean =>
    key.endsWith(STOPPED_SUFFIX) ? rules.stoppedIsFailure !== true : (rules.harmlessStates?.has(key) ?? false);
  const former: number[] = [];
  const left: [string, { readonly id: string; readonly completedAt: number }][] = [];
  for (const [key, failure] of Object.entries(countedFailures)) {
    if (isFormer(key)) former.push(failure.completedAt);
    else left.push([key, failure]);
  }
  const hasFormer = former.length > 0;
  // One from before counting began is in no other place.
  if (lastCompleted !== undefined && isFormer(failureKey(lastCompleted.run))) former.push(lastCompleted.completedAt);
  const isLastFormer = lastFailureAt !== undefined && former.includes(lastFailureAt);
  if (!hasFormer && !isLastFormer) return ledger;
  const latest = left.reduce((at, [, { completedAt }]) => Math.max(at, completedAt), Number.NEGATIVE_INFINITY);
  return {
    ...ledger,
    countedFailures: left.length === 0 ? undefined : Object.fromEntries(left),
    lastFailureAt: !isLastFormer ? lastFailureAt : Number.isFinite(latest) ? latest : undefined,
  };
};

/**
 * Whether a job or workflow needs somebody: its last failure is later than its last success, and Glue is not retrying. What runs
 * forever never succeeds; it has recovered when a run executes that started after the failure.
 */
export const isFailing = (ledger: Ledger<unknown>, runsForever: boolean): boolean => {
  const { lastFailureAt, lastSuccessAt = Number.NEGATIVE_INFINITY } = ledger;
  if (lastFailureAt === undefined || lastFailureAt <= lastSuccessAt || activeRetries(ledger) > 0) return false;
  return !runsForever || (oldestExecutingStart(ledger) ?? Number.NEGATIVE_INFINITY) < lastFailureAt;
};
