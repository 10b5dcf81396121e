import type { TargetKey } from '../state/ledger-store.ts';
import type { RunningTarget } from './target.ts';

/**
 * Whether an account and region, or a collector there, is among the targets of the config; undefined while one of them may be it,
 * because its account is not known yet.
 */
export const isConfigured = (
  targets: readonly Pick<RunningTarget, 'accountId' | 'region' | 'collectors'>[],
  { accountId, region }: TargetKey,
  collector?: string,
): boolean | undefined => {
  const possible = targets.filter(
    target => target.region === region && (collector === undefined || target.collectors.includes(collector)),
  );
  if (possible.some(target => target.accountId === accountId)) return true;
  return possible.some(target => target.accountId === undefined) ? undefined : false;
};
