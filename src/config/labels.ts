import type { Target } from './config.ts';

/** The label that the section account_names sets. */
export const ACCOUNT_NAME_LABEL = 'account_name';

/**
 * The constant labels of a target: placeholders filled in, and the account's name, or its id where it has none. Until the account is
 * known, labels that depend on it are left out.
 */
export const targetLabels = (
  { labels, accountNames }: Pick<Target, 'labels' | 'accountNames'>,
  { accountId, region }: { readonly accountId: string | undefined; readonly region: string },
): Readonly<Record<string, string>> => {
  const filled = Object.entries(labels).flatMap(([name, value]): [string, string][] => {
    if (accountId === undefined && value.includes('{account_id}')) return [];
    return [
      [name, value.replace(/\{(account_id|region)\}/g, (_, what) => (what === 'region' ? region : `${accountId}`))],
    ];
  });
  if (accountNames !== undefined && accountId !== undefined) {
    filled.push([ACCOUNT_NAME_LABEL, accountNames[accountId] ?? accountId]);
  }
  return Object.fromEntries(filled);
};
