import { expect } from 'vitest';
import { endedRuns, entitiesOf, type SimulatedEntity, type World } from '../../src/simulator/world.ts';
import { type ExposedFamily, sampleValue } from '../exposition-parser.ts';
import { labelNamesOf, truthsInUse } from '../truth/index.ts';
import {
  type Account,
  type EntityValues,
  type Find,
  type KindTruth,
  type Part,
  parts,
  sum,
} from '../truth/kind-truth.ts';

export type { Account } from '../truth/kind-truth.ts';

/** Series by readable names, so that a difference between two accounts names the entity and the state. */
const accountOf = (
  world: World,
  asked: readonly Part[],
  kinds: readonly KindTruth[],
  valuesOf: (kind: KindTruth, entity: SimulatedEntity) => EntityValues,
): Account =>
  Object.fromEntries(
    kinds.flatMap(kind =>
      entitiesOf(world, kind.name).flatMap(entity => {
        const values = valuesOf(kind, entity);
        return asked.flatMap(part =>
          Object.entries(values[part]).map(([key, value]) => [`${kind.name} ${entity.name} ${key}`, value] as const),
        );
      }),
    ),
  );

/** What a simulated account did after one time and up to another, and how it stands then: what an exporter must tell. */
export const truthOf = (
  world: World,
  from: number,
  to: number,
  asked: readonly Part[] = parts,
  kinds: readonly KindTruth[] = truthsInUse,
): Account => accountOf(world, asked, kinds, (kind, entity) => kind.truthOf(entity, from, to));

/** The same account as an exporter tells it. A series that is missing is a difference, never a 0. */
export const toldBy = (
  exposition: readonly ExposedFamily[],
  world: World,
  asked: readonly Part[] = parts,
  kinds: readonly KindTruth[] = truthsInUse,
): Account => accountOf(world, asked, kinds, (kind, entity) => kind.exposedBy(finder(exposition, world, kind, entity)));

/** Looks up the series of one entity. */
const finder = (exposition: readonly ExposedFamily[], world: World, kind: KindTruth, entity: SimulatedEntity): Find => {
  const values = kind.labelValues?.(entity) ?? [entity.name];
  const labels = {
    aws_account_id: world.accountId,
    aws_region: world.region,
    ...Object.fromEntries(labelNamesOf(kind).map((label, index) => [label, values[index] ?? ''])),
  };
  const families = exposition
    .filter(family => family.name.startsWith(kind.prefix))
    .map(family => ({ ...family, samples: family.samples.filter(({ labels: own }) => contains(own, labels)) }));
  return (name, more = {}) => sampleValue(families, `${kind.prefix}${name}`, more);
};

/** Fails with what differs, and with nothing else: the accounts have thousands of entries. */
export const expectSameAccount = (told: Account, truth: Account): void => {
  const differing = Object.keys({ ...truth, ...told }).filter(key => told[key] !== truth[key]);
  const part = (account: Account) => Object.fromEntries(differing.map(key => [key, account[key]]));
  expect(part(told)).toEqual(part(truth));
};

/** All runs that the truth holds of the entities that are collected by default. */
export const endedIn = (world: World, from: number, to: number): number =>
  sum(truthsInUse.flatMap(({ name }) => entitiesOf(world, name)).map(entity => endedRuns(entity, from, to).length));

const contains = (labels: Readonly<Record<string, string>>, part: Readonly<Record<string, string>>): boolean =>
  Object.entries(part).every(([name, value]) => labels[name] === value);
