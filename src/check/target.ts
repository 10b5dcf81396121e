import { setMaxListeners } from 'node:events';
import type { AnyCollector } from '../collectors/collector.ts';
import type { Target } from '../config/config.ts';
import { targetLabels } from '../config/labels.ts';
import { entityFilter } from '../exporter/entity-filter.ts';
import { NoRegionError } from '../exporter/no-region.ts';
import { connectGlue } from '../glue/client.ts';
import { accountOfRole } from '../glue/credentials.ts';
import { EnvironmentError, type Variables } from '../glue/environment.ts';
import type { CallerIdentity, GlueConnection } from '../glue/glue.ts';
import { openNetwork } from '../glue/network.ts';
import { GlueError } from '../glue/reason.ts';
import { remedyFor } from '../glue/remedy.ts';
import { createBudget } from '../poll/budget.ts';
import { hasGlances } from '../poll/glances.ts';
import type { Shard } from '../shard.ts';
import { checkCollector } from './collector.ts';
import { expectedRequests } from './expected-requests.ts';
import type { PermissionFinding, Remark, TargetFinding } from './findings.ts';
import { watchRoutes } from './routes.ts';
import { inTime } from './words.ts';

export interface TargetCheckOptions {
  readonly collectors: readonly AnyCollector[];
  readonly shard: Shard;
  /** Takes an account and region for this target; false when another target has it. */
  readonly claim: (accountId: string, region: string) => boolean;
  /** Local epoch seconds. */
  readonly localNow: () => number;
  /** Of the process: proxies, authorities, profiles. */
  readonly variables: Variables;
  /** What is not done by then is given up. */
  readonly deadlineSeconds: number;
}

/** From here on AWS refuses signatures until the SDK has learnt the time: every start begins with refused requests. */
const TOLERATED_SKEW_SECONDS = 300;
const TOLD_SKEW_SECONDS = 10;

/** Asks AWS everything that a target depends on. Ends by itself; rejects with a NoRegionError or an EnvironmentError only. Keeps and saves nothing. */
export const checkTarget = async (target: Target, options: TargetCheckOptions): Promise<TargetFinding> => {
  const { poll, aws } = target;
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal);
  const requestsPerSecond = aws.requestsPerSecond / options.shard.shards;
  const budget = createBudget(requestsPerSecond);
  let throttled = 0;
  const routes = watchRoutes(await openNetwork(options.variables, target.profile));
  const glue = connectGlue(
    target,
    { requestTimeoutSeconds: aws.requestTimeoutSeconds, maxAttempts: aws.maxAttempts, maxSockets: poll.concurrency },
    {
      observer: {
        requested: () => {},
        failed(_, reason) {
          if (reason !== 'throttled') return;
          throttled += 1;
          budget.throttled();
        },
        unknownValue: () => {},
      },
      admit: budget.admit,
      signal: stopping.signal,
      network: routes.network,
      variables: options.variables,
    },
  );
  const timer = setTimeout(() => stopping.abort(), options.deadlineSeconds * 1000);
  try {
    const region = await glue.region().catch((error: unknown) => {
      if (error instanceof EnvironmentError) throw error;
      throw new NoRegionError('no AWS region is known');
    });
    const found = await look(glue, region, target, options).catch((error: unknown) => {
      if (!stopping.signal.aborted) throw error;
      return nothing({ text: `The check was not done within ${inTime(options.deadlineSeconds)} and was given up` });
    });
    const pace = { ...poll, requestsPerSecond };
    return {
      ...found,
      region,
      routes: routes.taken(),
      notes: [...found.notes, ...clockNotes(glue, options.localNow()), ...throttleNotes(throttled)],
      forecast: expectedRequests(found.collectors, hasGlances(options.collectors), pace),
      requestsPerSecond,
      intervalSeconds: poll.intervalSeconds,
    };
  } finally {
    clearTimeout(timer);
    stopping.abort();
    glue.close();
  }
};

type Found = Pick<TargetFinding, 'accountId' | 'arn' | 'labels' | 'permissions' | 'collectors' | 'problems' | 'notes'>;

const nothing = (problem: Remark): Found => ({
  accountId: undefined,
  arn: undefined,
  labels: undefined,
  permissions: [],
  collectors: [],
  problems: [problem],
  notes: [],
});

const look = async (
  glue: GlueConnection,
  region: string,
  target: Target,
  { collectors, shard, claim }: TargetCheckOptions,
): Promise<Found> => {
  const expectedId = target.accountId ?? accountOfRole(target.roleArn);
  const identity = await identityOf(glue);
  const isKnown = !(identity instanceof GlueError);
  // Without credentials nothing else can be found out. Where STS is not needed, its no says nothing of Glue.
  const permissions = permissionsToBegin(identity, target.roleArn);
  const isStsNeeded = target.roleArn !== undefined || expectedId === undefined;
  if (!isKnown && isStsNeeded && isAboutCredentials(identity)) {
    const problems = permissions.length > 0 ? [] : [remarkOn(identity)];
    return { ...nothing(remarkOn(identity)), accountId: expectedId, permissions, problems };
  }
  const accountId = expectedId ?? (isKnown ? identity.accountId : undefined);
  const findings = await Promise.all(
    collectors.map(collector =>
      checkCollector(collector, glue, {
        filter: entityFilter(target, collector.name, shard),
        target: { accountId: accountId ?? '', region },
        intervalSeconds: target.poll.intervalSeconds,
      }),
    ),
  );
  const isTaken = accountId !== undefined && !claim(accountId, region);
  return {
    accountId,
    arn: isKnown ? identity.arn : undefined,
    labels: accountId === undefined ? undefined : targetLabels(target, { accountId, region }),
    permissions,
    collectors: findings,
    problems: [
      ...(!isKnown && accountId === undefined ? [remarkOn(identity)] : []),
      ...(isKnown && identity.accountId !== accountId ? [wrongAccount(identity, accountId)] : []),
      ...(isTaken
        ? [
            {
              text: `Another target polls account ${accountId} in ${region} already: merge the two, with the patterns of both in its filters`,
            },
          ]
        : []),
      ...findings.flatMap(({ failure }) => (failure === undefined ? [] : [remarkOn(failure)])),
    ],
    notes:
      isKnown || accountId === undefined
        ? []
        : [
            {
              text: `STS could not be asked, which is not needed here: ${identity.message}`,
              remedy: remedyFor(identity),
            },
          ],
  };
};

const identityOf = (glue: GlueConnection): Promise<CallerIdentity | GlueError> =>
  glue.callerIdentity().catch((error: unknown) => {
    if (error instanceof GlueError) return error;
    throw error;
  });

/** To assume a role, where there is one; what a denial names, where there is one. */
const permissionsToBegin = (
  identity: CallerIdentity | GlueError,
  roleArn: string | undefined,
): readonly PermissionFinding[] => {
  const cost = 'everything of this target';
  if (!(identity instanceof GlueError)) {
    return roleArn === undefined
      ? []
      : [{ action: 'sts:AssumeRole', state: 'ok', failure: undefined, cost, isOptional: false }];
  }
  const [action] = identity.reason === 'access_denied' ? (/\bsts:Assume\w+/.exec(identity.message) ?? []) : [];
  return action === undefined ? [] : [{ action, state: 'missing', failure: identity, cost, isOptional: false }];
};

const isAboutCredentials = ({ reason }: GlueError): boolean =>
  reason === 'expired_credentials' || reason === 'access_denied';

const remarkOn = (error: GlueError): Remark => ({ text: error.message, remedy: remedyFor(error) });

const wrongAccount = ({ accountId }: CallerIdentity, wanted: string | undefined): Remark => ({
  text: `The credentials are of account ${accountId}, and the config says ${wanted}: every series would carry the wrong aws_account_id`,
});

const clockNotes = (glue: GlueConnection, localNow: number): readonly Remark[] => {
  const ahead = localNow - glue.now();
  const seconds = Math.abs(ahead);
  if (seconds < TOLD_SKEW_SECONDS) return [];
  const remedy =
    seconds < TOLERATED_SKEW_SECONDS
      ? 'the exporter goes by AWS’s time; beyond five minutes its first requests are refused: set the clock'
      : 'AWS refuses what is signed with such a time until the exporter has learnt the right one: set the clock';
  return [
    {
      text: `The clock of this machine is ${inTime(seconds)} ${ahead > 0 ? 'ahead of' : 'behind'} that of AWS`,
      remedy,
    },
  ];
};

const throttleNotes = (throttled: number): readonly Remark[] =>
  throttled === 0 ? [] : [{ text: `AWS throttled ${throttled} of the check’s requests`, remedy: THROTTLED }];

const THROTTLED = 'lower aws.requests_per_second, or look for who else calls Glue in this account';
