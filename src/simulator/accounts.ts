import type { SimulatedEntity, SimulatedJob, SimulatedWorkflow, World } from './world.ts';

/** The entities of one kind, findable and in the order in which they are listed. */
export interface Catalogue<E extends SimulatedEntity> {
  readonly sorted: readonly E[];
  readonly byName: ReadonlyMap<string, E>;
}

/** A world, ready to be asked. */
export interface Region {
  readonly accountId: string;
  readonly name: string;
  readonly jobs: Catalogue<SimulatedJob>;
  readonly workflows: Catalogue<SimulatedWorkflow>;
}

/** Who asks and where, from the request's signature. */
export interface Caller {
  readonly accountId: string;
  readonly region: string;
  readonly arn: string;
}

export interface Accounts {
  /** The region's entities; none where there is no world. */
  readonly region: (caller: Caller) => Region;
  /** Undefined when the request is not signed. The signature itself is not checked. */
  readonly caller: (authorization: string | undefined, sessionToken: string | undefined) => Caller | undefined;
  readonly has: (accountId: string) => boolean;
  readonly externalId: (accountId: string) => string | undefined;
}

const byCodeUnits = (a: SimulatedEntity, b: SimulatedEntity): number => (a.name < b.name ? -1 : 1);

const catalogueOf = <E extends SimulatedEntity>(entities: readonly E[]): Catalogue<E> => ({
  sorted: [...entities].sort(byCodeUnits),
  byName: new Map(entities.map(entity => [entity.name, entity])),
});

const regionOf = ({ accountId, region, jobs, workflows }: Omit<World, 'externalId'>): Region => ({
  accountId,
  name: region,
  jobs: catalogueOf(jobs),
  workflows: catalogueOf(workflows),
});

const credentialScope = /Credential=([^/,\s]+)\/\d{8}\/([^/,\s]+)\/[^/,\s]+\/aws4_request/;
const temporaryKey = /^ASIA(\d{12})/;

/** An access key of a role's session. It names its account, so that nothing has to be remembered. */
export const temporaryAccessKey = (accountId: string): string => `ASIA${accountId}SIMU`;

/** The token of a role's session, which names the session. */
export const sessionTokenOf = (arn: string): string => Buffer.from(arn).toString('base64url');

export const accountsOf = (worlds: readonly World[]): Accounts => {
  const regions = new Map(worlds.map(world => [`${world.accountId}/${world.region}`, regionOf(world)]));
  const firstAccount = worlds[0]?.accountId ?? '000000000000';
  return {
    region: ({ accountId, region }) =>
      regions.get(`${accountId}/${region}`) ?? regionOf({ accountId, region, jobs: [], workflows: [] }),
    caller: (authorization = '', sessionToken) => {
      const [, key, region] = credentialScope.exec(authorization) ?? [];
      if (key === undefined || region === undefined) return undefined;
      const roleAccount = temporaryKey.exec(key)?.[1];
      if (roleAccount === undefined || sessionToken === undefined) {
        return { accountId: firstAccount, region, arn: `arn:aws:iam::${firstAccount}:user/simulator` };
      }
      return { accountId: roleAccount, region, arn: Buffer.from(sessionToken, 'base64url').toString() };
    },
    has: accountId => worlds.some(world => world.accountId === accountId),
    externalId: accountId => worlds.find(world => world.accountId === accountId && world.externalId)?.externalId,
  };
};
