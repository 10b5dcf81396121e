import type { AnyCollector } from '../collectors/collector.ts';
import { permissionsOf } from '../collectors/permissions.ts';
import type { Config, Target } from '../config/config.ts';
import { EVERYTHING, tagsOf } from '../config/filter.ts';

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html, as far as it is used. */
export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

export interface Statement {
  readonly Effect: 'Allow';
  /** Of a trust policy. */
  readonly Principal?: { readonly AWS: string };
  readonly Action: readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** What each identity needs that a config makes use of. */
export interface Policies {
  /** Of the identity that the exporter runs as. */
  readonly exporter: PolicyDocument;
  /** Of the roles that targets name, by ARN. */
  readonly roles: Readonly<Record<string, RolePolicies>>;
}

export interface RolePolicies {
  readonly policy: PolicyDocument;
  /** Who may assume the role. */
  readonly trust: PolicyDocument;
}

/** Stands for the exporter's own identity where that is not given. AWS refuses it, so that nobody trusts it by mistake. */
export const UNKNOWN_PRINCIPAL = 'arn:aws:iam::ACCOUNT_OF_THE_EXPORTER:role/ROLE_OF_THE_EXPORTER';

type Source = Pick<AnyCollector, 'name' | 'operations' | 'optionalOperations' | 'tagOperation'>;

/**
 * The least that a config needs. `principal` is the ARN of the role or user that the exporter runs as. Every Resource is `*`: listings
 * take nothing else, and where an operation has a `resource` (operations.ts), that type with `/*` is all that it can read anyway.
 * Names cannot follow the filters: these are regular expressions, which policies do not have.
 */
export const policiesFor = (
  { targets, collectors: names }: Pick<Config, 'targets' | 'collectors'>,
  all: readonly Source[],
  principal: string | undefined,
): Policies => {
  const collectors = all.filter(({ name }) => names.includes(name));
  const byRole = grouped(targets, ({ roleArn }) => roleArn);
  const roles = [...byRole].flatMap(([arn, ofRole]) => (arn === undefined ? [] : [[arn, ofRole] as const]));
  const assuming: readonly Statement[] =
    roles.length === 0
      ? []
      : [{ Effect: 'Allow', Action: ['sts:AssumeRole'], Resource: roles.map(([arn]) => arn).sort() }];
  return {
    exporter: document([...readingGlue(byRole.get(undefined) ?? [], collectors), ...assuming]),
    roles: Object.fromEntries(
      roles.map(([arn, ofRole]) => [
        arn,
        { policy: document(readingGlue(ofRole, collectors)), trust: document([trusting(principal, ofRole)]) },
      ]),
    ),
  };
};

const document = (statements: readonly Statement[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: statements,
});

/** Each action in those regions only in which a target needs it; a target whose region the config does not name may be anywhere. */
const readingGlue = (targets: readonly Target[], collectors: readonly Source[]): readonly Statement[] => {
  const regionsOf = new Map<string, Set<string | undefined>>();
  for (const collector of collectors) {
    for (const { region, filters } of targets) {
      const withTags = tagsOf(filters[collector.name] ?? EVERYTHING) !== undefined;
      for (const { action } of permissionsOf(collector, withTags)) {
        regionsOf.set(action, (regionsOf.get(action) ?? new Set()).add(region));
      }
    }
  }
  const together = grouped([...regionsOf.keys()], action => conditionOn(regionsOf.get(action) ?? new Set()));
  return [...together].map(([condition, actions]) => ({
    Effect: 'Allow',
    Action: actions,
    Resource: '*',
    ...(condition === '' ? {} : { Condition: { StringEquals: { 'aws:RequestedRegion': condition.split(' ') } } }),
  }));
};

/** The regions with a space between them, so that they can be compared; empty for any region. */
const conditionOn = (regions: ReadonlySet<string | undefined>): string =>
  regions.has(undefined) ? '' : [...regions].sort().join(' ');

const grouped = <Key, Item>(items: readonly Item[], keyOf: (item: Item) => Key): ReadonlyMap<Key, readonly Item[]> => {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
};

/** External ids are asked for where every target sends one: a target without would be turned away. */
const trusting = (principal: string | undefined, targets: readonly Target[]): Statement => {
  const ids = [...new Set(targets.map(({ externalId }) => externalId))];
  const known = ids.filter(id => id !== undefined).sort();
  return {
    Effect: 'Allow',
    Principal: { AWS: principal ?? UNKNOWN_PRINCIPAL },
    Action: ['sts:AssumeRole'],
    ...(ids.includes(undefined) ? {} : { Condition: { StringEquals: { 'sts:ExternalId': known } } }),
  };
};
