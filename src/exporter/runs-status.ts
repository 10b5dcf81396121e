import { collectors } from '../collectors/index.ts';
import type { FailureBoard } from '../poll/failure-board.ts';
import type { EntityId } from '../runs/failures.ts';
import type { EntityStatus, RunsStatus } from '../status.ts';
import type { RunningTarget } from './target.ts';

/** Joins lists of ten thousand several times as fast as flatMap. */
const noEntities: readonly EntityStatus[] = [];

/** The entities of targets, and which of their runs have failed in the last day; `configured` are names of collectors. */
export const runsStatusOf = (
  configured: readonly string[],
  targets: readonly RunningTarget[],
  failures: FailureBoard,
): RunsStatus => ({
  kinds: collectors.filter(({ name }) => configured.includes(name)),
  entities: noEntities.concat(...targets.map(({ poll }) => poll.describe())),
  failures: failures.newest(Date.now() / 1000).filter(failure => isListed(targets, failure)),
  consoleLink: ({ collector, region, name }, runId) =>
    collectors.find(known => known.name === collector)?.consoleLink(region, name, runId) ?? '',
});

/** Whether a target still has it: a reload may have removed the target, or AWS the job. */
const isListed = (targets: readonly RunningTarget[], { accountId, region, collector, name }: EntityId): boolean =>
  targets.some(
    target => target.accountId === accountId && target.region === region && target.poll.has(collector, name),
  );
