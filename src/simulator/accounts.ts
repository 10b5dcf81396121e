import { ApiError } from './api-error.ts';
import type { WireKind } from './kinds/kind.ts';
import { accountOfKey, sessionOf } from './sessions.ts';
import { entitiesOf, type SimulatedEntity, type World } from './world.ts';

/** The entities of one kind, findable and in the order in which they are listed. */
export interface Catalogue {
  readonly sorted: readonly SimulatedEntity[];
  readonly byName: ReadonlyMap<string, SimulatedEntity>;
}

/** A world, ready to be asked. */
export interface Region {
  readonly accountId: string;
  readonly name: string;
  readonly catalogue: (kind: WireKind) => Catalogue;
}

/** Who asks and where, from the request's signature. */
export interface Caller {
  readonly accountId: string;
  readonly region: string;
  readonly arn: string;
  /** Epoch milliseconds of real time; never, unless given. */
  readonly refusedFromMillis?: number;
}

export interface Accounts {
  /** The account of callers who have assumed no role. */
  readonly first: string;
  /** The region's entities; none where there is no world. */
  readonly region: (caller: Caller) => Region;
  /** Undefined when the request is not signed. The signature itself is not checked. */
  readonly caller: (authorization: string | undefined, sessionToken: string | undefined) => Caller | undefined;
  readonly has: (accountId: string) => boolean;
  readonly externalId: (accountId: string) => string | undefined;
}

const byCodeUnits = (a: SimulatedEntity, b: SimulatedEntity): number => (a.name < b.name ? -1 : 1);

const catalogueOf = (entities: readonly SimulatedEntity[]): Catalogue => ({
  sorted: [...entities].sort(byCodeUnits),
  byName: new Map(entities.map(entity => [entity.name, entity])),
});

const nothing = catalogueOf([]);

const regionOf = (world: World): Region => {
  const catalogues = new Map(
    Object.keys(world.entities).map(kind => [kind, catalogueOf(entitiesOf(world, kind))] as const),
  );
  return {
    accountId: world.accountId,
    name: world.region,
    catalogue: kind => catalogues.get(kind.name) ?? nothing,
  };
};

const credentialScope = /Credential=([^/,\s]+)\/\d{8}\/([^/,\s]+)\/[^/,\s]+\/aws4_request/;
export const accountsOf = (worlds: readonly World[]): Accounts => {
  const regions = new Map(worlds.map(world => [`${world.accountId}/${world.region}`, regionOf(world)]));
  const firstAccount = worlds[0]?.accountId ?? '000000000000';
  return {
    first: firstAccount,
    region: ({ accountId, region }) =>
      regions.get(`${accountId}/${region}`) ?? regionOf({ accountId, region, entities: {} }),
    caller: (authorization = '', sessionToken) => {
      const [, key, region] = credentialScope.exec(authorization) ?? [];
      if (key === undefined || region === undefined) return undefined;
      const roleAccount = accountOfKey(key);
      if (roleAccount === undefined || sessionToken === undefined) {
        return { accountId: firstAccount, region, arn: `arn:aws:iam::${firstAccount}:user/simulator` };
      }
      const stranger = { arn: `arn:aws:sts::${roleAccount}:assumed-role/unknown/unknown` };
      return { accountId: roleAccount, region, ...(sessionOf(sessionToken) ?? stranger) };
    },
    has: accountId => worlds.some(world => world.accountId === accountId),
    externalId: accountId => worlds.find(world => world.accountId === accountId && world.externalId)?.externalId,
  };
};

/** The caller of a request, if there is one whose session has not ended; throws what a service answers to others. */
export const admitted = (caller: Caller | undefined, expiredCode: string, expiredStatus: number): Caller => {
  if (caller === undefined)
    throw new ApiError('MissingAuthenticationTokenException', 'Missing Authentication Token', 403);
  if (caller.refusedFromMillis !== undefined && caller.refusedFromMillis <= Date.now()) {
    throw new ApiError(expiredCode, 'The security token included in the request is expired', expiredStatus);
  }
  return caller;
};
