import type { Target } from './config.ts';

/** The label that the section account_names sets. */
export const ACCOUNT_NAME_LABEL = 'account_name';

/** The constant labels of a target whose account is known: placeholders filled in, and the account's name, or its id without one. */
export const targetLabels = (
  { labels, accountNames }: Pick<Target, 'labels' | 'accountNames'>,
  { accountId, region }: { readonly accountId: string; readonly region: string },
): Readonly<Record<string, string>> => {
  const filled = Object.entries(labels).map(([name, value]): [string, string] => [
    name,
    value.replace(/\{(account_id|region)\}/g, (_, what) => (what === 'region' ? region : accountId)),
  ]);
  if (accountNames !== undefined) filled.push([ACCOUNT_NAME_LABEL, accountNames[accountId] ?? accountId]);
  return Object.fromEntries(filled);
};
