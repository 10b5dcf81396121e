import { isMap } from './fields.ts';
import { ACCOUNT_PLACEHOLDER, accountOfRole, NO_ROLE } from './role-arn.ts';

/** Keys and indexes below a target. */
type Path = readonly (string | number)[];

/** One account and region that a target of the file stands for. */
export interface ConfigPlace {
  readonly region: string | undefined;
  /** As written; undefined where the role has it. */
  readonly accountId: string | undefined;
  readonly roleArn: string | undefined;
  /** What in the target names it, in its lists. */
  readonly path: Path;
}

export interface Mistake {
  /** From the top of the file. */
  readonly path: Path;
  readonly message: string;
}

/**
 * The accounts and regions that a target stands for, with what it inherits: each of its accounts in each of its regions. Of
 * what is no text nothing is made.
 */
export const placesOf = (target: unknown, defaults: unknown): readonly ConfigPlace[] => {
  const role = roleOf(target, defaults);
  const isPattern = role?.includes(ACCOUNT_PLACEHOLDER) ?? false;
  const inherited = namesIn(defaults, '', 'regions').map(({ name }) => ({ name, path: [] }));
  const regions = orNone(namesIn(target, 'region', 'regions'), inherited);
  const accounts = orNone(namesIn(target, 'account_id', 'account_ids'));
  return accounts.flatMap(account =>
    regions.map(region => ({
      region: region.name,
      accountId: isPattern ? undefined : account.name,
      roleArn: account.name === undefined ? role : role?.replaceAll(ACCOUNT_PLACEHOLDER, account.name),
      path: account.path.length > 0 ? account.path : region.path,
    })),
  );
};

/** What is wrong with targets taken together, with each other and with what they inherit, whatever else is wrong with them. */
export const mistakesIn = (targets: unknown, defaults: unknown): readonly Mistake[] => {
  if (targets === undefined) return mistakesWithoutTargets(defaults);
  if (!Array.isArray(targets)) return [];
  const all: readonly unknown[] = targets;
  const mistakes: Mistake[] = [];
  for (const [index, target] of all.entries()) {
    if (isMap(target)) mistakes.push(...mistakesOfTarget(target, defaults, ['targets', index]));
  }
  return [...mistakes, ...idWithoutRoles(all, defaults), ...repetitions(all, defaults)];
};

const idWithoutRoles = (targets: readonly unknown[], defaults: unknown): Mistake[] => {
  if (textAt(defaults, 'external_id') === undefined) return [];
  if (targets.some(target => roleOf(target, defaults) !== undefined)) return [];
  const message = 'means nothing: no target has a role_arn; add the roles or remove this';
  return [{ path: ['defaults', 'external_id'], message }];
};

const mistakesWithoutTargets = (defaults: unknown): Mistake[] => {
  const fips = fipsMistakes({}, defaults, ['defaults']);
  if (!(textAt(defaults, 'role_arn')?.includes(ACCOUNT_PLACEHOLDER) ?? false)) {
    return [...fips, ...idWithoutRoles([{}], defaults)];
  }
  const message = `has ${ACCOUNT_PLACEHOLDER} in it, but there are no targets; name the accounts in targets`;
  return [...fips, { path: ['defaults', 'role_arn'], message }];
};

const mistakesOfTarget = (target: Readonly<Record<string, unknown>>, defaults: unknown, path: Path): Mistake[] => {
  const mistakes = bothForms(target, path);
  const add = (key: string, message: string) => mistakes.push({ path: [...path, key], message });
  const role = roleOf(target, defaults);
  const isOwn = target.role_arn !== undefined;
  if (target.external_id !== undefined && role === undefined && (target.role_arn ?? NO_ROLE) === NO_ROLE) {
    add('external_id', 'means nothing without role_arn; add the role or remove this');
  }
  mistakes.push(...fipsMistakes(target, defaults, path));
  const isPattern = role?.includes(ACCOUNT_PLACEHOLDER) ?? false;
  if (isPattern && target.account_id === undefined && target.account_ids === undefined) {
    if (isOwn) add('role_arn', `has ${ACCOUNT_PLACEHOLDER} in it; name the account with account_id, or account_ids`);
    else {
      const message = `needs account_id or account_ids, for the role_arn of defaults has ${ACCOUNT_PLACEHOLDER} in it; add it, or role_arn: ${NO_ROLE} for no role`;
      mistakes.push({ path, message });
    }
  }
  if (Array.isArray(target.account_ids) && role === undefined && (target.role_arn ?? NO_ROLE) === NO_ROLE) {
    const example = `arn:aws:iam::${ACCOUNT_PLACEHOLDER}:role/glue-exporter`;
    add('account_ids', `needs a role in each account; add role_arn, such as ${example}`);
  }
  const account = accountOfRole(role);
  if (account === undefined) return mistakes;
  const whose = isOwn ? 'role_arn' : 'the role_arn of defaults';
  if (Array.isArray(target.account_ids)) {
    add('account_ids', `needs ${ACCOUNT_PLACEHOLDER} in the place of the account (${account}) in ${whose}`);
  } else if (target.account_id !== undefined && target.account_id !== account) {
    const remedy = isOwn ? 'remove this, the role says it' : `write ${ACCOUNT_PLACEHOLDER} there in its place`;
    add('account_id', `is not the account of ${whose} (${account}); ${remedy}`);
  }
  return mistakes;
};

/** The SDK refuses both, and which of the two is meant cannot be known. */
const fipsMistakes = (target: Readonly<Record<string, unknown>>, defaults: unknown, path: Path): Mistake[] => {
  const { use_fips_endpoint, endpoint } = { ...(isMap(defaults) ? defaults : {}), ...target };
  if (use_fips_endpoint !== true || endpoint === undefined) return [];
  const key = ['endpoint', 'use_fips_endpoint'].find(own => target[own] !== undefined);
  const message =
    'use_fips_endpoint and endpoint exclude each other; remove endpoint, or make it a FIPS endpoint and set use_fips_endpoint: false';
  return [{ path: key === undefined ? path : [...path, key], message }];
};

const bothForms = (given: Readonly<Record<string, unknown>>, path: Path): Mistake[] =>
  [
    ['region', 'regions'],
    ['account_id', 'account_ids'],
  ].flatMap(([one = '', many = '']) => {
    if (given[one] === undefined || given[many] === undefined) return [];
    return [{ path: [...path, many], message: `stands beside ${one}; keep one of the two` }];
  });

/** Limits, counts and series are kept by account and region, so that filters that do not overlap change nothing. */
const ONE_TARGET =
  'one target takes all of it: merge the two, with the patterns of both in its filters, or share the work with --shard';

/** Two targets of one account and region would expose the same series twice. */
const repetitions = (targets: readonly unknown[], defaults: unknown): Mistake[] => {
  const taken = new Map<string, { readonly index: number; readonly path: Path }>();
  const mistakes = new Map<string, Mistake>();
  for (const [index, target] of targets.entries()) {
    if (!isMap(target) || !saysWhere(target)) continue;
    for (const place of placesOf(target, defaults)) {
      const ofEither = (key: string): string | undefined => textAt(target, key) ?? textAt(defaults, key);
      const identity = identityOf(place, ofEither('endpoint'), ofEither('profile'));
      if (identity === undefined) continue;
      const first = taken.get(identity);
      if (first === undefined) taken.set(identity, { index, path: place.path });
      // Within one target the list that names something twice is reported.
      if (first === undefined || first.index === index) continue;
      const path = ['targets', index, ...place.path];
      const key = keyOf(path);
      if (!mistakes.has(key)) mistakes.set(key, { path, message: explainRepetition(place, first) });
    }
  }
  return [...mistakes.values()];
};

/** Whether what says where it is has the right kinds; what else is wrong there is reported already. */
const saysWhere = (target: Readonly<Record<string, unknown>>): boolean =>
  ['region', 'account_id', 'role_arn', 'endpoint', 'profile'].every(key =>
    ['undefined', 'string'].includes(typeof target[key]),
  ) &&
  ['regions', 'account_ids'].every(key => {
    const names = target[key] ?? [''];
    return Array.isArray(names) && names.length > 0;
  });

const explainRepetition = (place: ConfigPlace, first: { readonly index: number; readonly path: Path }): string => {
  const firstKey = keyOf(['targets', first.index, ...first.path]);
  if (place.path.length === 0 && first.path.length === 0) {
    return `is the same account and region as ${firstKey}; ${ONE_TARGET}`;
  }
  const where = [place.accountId ?? accountOfRole(place.roleArn), place.region].filter(part => part !== undefined);
  return `is the same account and region (${where.join(' in ')}) as ${firstKey}; ${ONE_TARGET}`;
};

/** What two places must not have in common; undefined where it is not known yet. */
const identityOf = (
  { region = '', accountId, roleArn }: ConfigPlace,
  endpoint = '',
  profile = '',
): string | undefined => {
  const roleAccount = accountOfRole(roleArn);
  const account = accountId ?? roleAccount;
  if (account !== (roleAccount ?? account) || (account === undefined && roleArn !== undefined)) return undefined;
  return JSON.stringify(account === undefined ? [region, endpoint, profile] : [region, account, '', '']);
};

/** A target's own role or that of the defaults; undefined for none. */
const roleOf = (target: unknown, defaults: unknown): string | undefined => {
  const own = isMap(target) ? target.role_arn : undefined;
  const role = own === undefined ? textAt(defaults, 'role_arn') : own;
  return typeof role === 'string' && role !== NO_ROLE ? role : undefined;
};

interface Named {
  readonly name: string | undefined;
  readonly path: Path;
}

const NONE: readonly Named[] = [{ name: undefined, path: [] }];

const orNone = (...choices: readonly (readonly Named[])[]): readonly Named[] =>
  choices.find(names => names.length > 0) ?? NONE;

const namesIn = (given: unknown, one: string, many: string): readonly Named[] => {
  const name = textAt(given, one);
  if (name !== undefined) return [{ name, path: [] }];
  const names: unknown = isMap(given) ? given[many] : undefined;
  if (!Array.isArray(names)) return [];
  return names.flatMap((item: unknown, index) =>
    typeof item === 'string' && names.indexOf(item) === index ? [{ name: item, path: [many, index] }] : [],
  );
};

const textAt = (given: unknown, key: string): string | undefined => {
  const value = isMap(given) ? given[key] : undefined;
  return typeof value === 'string' ? value : undefined;
};

/** targets[0].account_ids[3] */
const keyOf = (path: Path): string =>
  path.map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${part}`)).join('');
