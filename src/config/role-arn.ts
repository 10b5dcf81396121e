/** Stands in a role's ARN for the account, so that one line says the roles of many. */
export const ACCOUNT_PLACEHOLDER = '{account_id}';

/** Takes away a role_arn of the defaults: the target is polled with the environment's own credentials. */
export const NO_ROLE = 'none';

export const ROLE_ARN = /^arn:aws[a-z-]*:iam::(\d{12}|\{account_id\}):role\/(?:[^\s{}]|\{account_id\})+$/;

/** The account in a role's ARN; undefined where a placeholder stands for it. */
export const accountOfRole = (roleArn: string | undefined): string | undefined => {
  const account = roleArn === undefined ? undefined : ROLE_ARN.exec(roleArn)?.[1];
  return account === ACCOUNT_PLACEHOLDER ? undefined : account;
};
