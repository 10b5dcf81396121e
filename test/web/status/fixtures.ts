import { jobHistories } from '../../../src/collectors/jobs/jobs.ts';
import type { JobRunFacts } from '../../../src/collectors/jobs/runs.ts';
import { statusOf, track } from '../../../src/poll/entity.ts';
import type { Failure } from '../../../src/runs/failures.ts';
import { emptyLedger } from '../../../src/runs/ledger.ts';
import { noRuns, type Recent, withRuns } from '../../../src/runs/recent.ts';
import type { Run, Verdict } from '../../../src/runs/run.ts';
import type { EntityStatus, RunsStatus, TargetStatus } from '../../../src/status.ts';
import { collectorsInUse as collectors } from '../../truth/index.ts';

/** 2026-03-01T12:00:00Z. */
export const NOON = 1_772_366_400;
const HOUR = 3_600;

export const target: TargetStatus = {
  accountId: '111122223333',
  region: 'eu-west-1',
  up: true,
  error: undefined,
  lastPollEndedAt: NOON - 12,
  lastPollSeconds: 1.26,
  oldestReadAt: NOON - 75,
  readAgeLimitSeconds: 90,
  collectors: [
    { name: 'jobs', entities: 60, polled: 60 },
    { name: 'workflows', entities: 12, polled: 5 },
  ],
};

/** Up, with one collector that failed. */
export const partlyFailed: TargetStatus = {
  ...target,
  collectors: target.collectors.map(one =>
    one.name === 'workflows' ? { ...one, error: 'GetWorkflowRuns: access denied' } : one,
  ),
};

const STATES: Readonly<Record<string, readonly [state: string, verdict: Verdict]>> = {
  S: ['SUCCEEDED', 'success'],
  F: ['FAILED', 'failure'],
  T: ['TIMEOUT', 'failure'],
  P: ['STOPPED', 'stopped'],
  R: ['RUNNING', 'other'],
};

const run = (id: string, state: string): Run<null> => ({
  id,
  state,
  ended: false,
  verdict: 'other',
  startedAt: undefined,
  modifiedAt: undefined,
  completedAt: undefined,
  facts: null,
});

/** Runs as these letters tell, oldest first, one each hour; the last of them started an hour before noon. Each took a minute. */
export const recentOf = (outcomes: string): Recent => {
  const facts = { attempt: 0, executionSeconds: undefined, dpuSeconds: undefined, dpus: undefined };
  const runs = [...outcomes].map((outcome, index): Run<JobRunFacts> => {
    const [state, verdict] = STATES[outcome] ?? ['UNKNOWN', 'other'];
    const startedAt = NOON - (outcomes.length - index) * HOUR;
    const completedAt = outcome === 'R' ? undefined : startedAt + 60;
    const ended = completedAt !== undefined;
    return { id: `jr_${index}`, state, verdict, ended, startedAt, modifiedAt: undefined, completedAt, facts };
  });
  return withRuns(noRuns, runs, jobHistories.describe);
};

type Given = Partial<Omit<EntityStatus, 'failing' | 'successRatio' | 'usualSeconds'>>;

/** The newest run that succeeded or failed tells which of the two was last. */
const lastFailureOf = ({ outcomes }: Recent): number | undefined =>
  /[FT][^SFT]*$/.test(outcomes) ? NOON - HOUR : undefined;

/** A job as a poll describes it. */
export const job = (
  name: string,
  { recent = noRuns, active = {}, newest, lastFailureAt = lastFailureOf(recent), ...place }: Given = {},
): EntityStatus =>
  statusOf(
    { accountId: '111122223333', region: 'eu-west-1', collector: 'jobs', name, ...place },
    {
      ...track({}),
      recent,
      waitingReasons: Object.fromEntries(
        Object.entries(active).flatMap(([id, { reason }]) => (reason === undefined ? [] : [[id, reason]])),
      ),
      ledger: {
        ...emptyLedger,
        lastFailureAt,
        lastSuccessAt: /S[^SFT]*$/.test(recent.outcomes) ? Math.max(NOON - HOUR, (lastFailureAt ?? 0) + 1) : undefined,
        newest: newest && { ...run('jr_newest', newest.state), startedAt: newest.startedAt },
        active: Object.fromEntries(
          Object.entries(active).map(([id, followed]) => [id, { ...followed, misses: 0, missingSince: undefined }]),
        ),
      },
    },
    false,
  );

export const failure = (name: string, more: Partial<Failure> = {}): Failure => ({
  accountId: '111122223333',
  region: 'eu-west-1',
  collector: 'jobs',
  name,
  id: 'jr_1',
  state: 'FAILED',
  endedAt: NOON - HOUR,
  error: 'KeyError: customer_id',
  ...more,
});

export const runsOf = (more: Partial<RunsStatus> = {}): RunsStatus => ({
  kinds: collectors,
  entities: [],
  failures: [],
  consoleLink: ({ name }, runId) =>
    `https://console.example/#${encodeURIComponent(name)}${runId === undefined ? '' : `/${runId}`}`,
  ...more,
});

/** Ten thousand jobs, one in ten failing, one in twenty with an active run. */
export const tenThousandJobs = (count = 10_000): readonly EntityStatus[] =>
  Array.from({ length: count }, (_, index) => {
    const outcomes = `SSSSPSSSFSSSSSSSSSS${index % 10 === 0 ? 'F' : 'S'}`;
    return job(`etl-${`${(index * 7919) % count}`.padStart(5, '0')}-orders-of-the-day`, {
      recent: recentOf(outcomes),
      newest: { state: index % 10 === 0 ? 'FAILED' : 'SUCCEEDED', startedAt: NOON - index },
      lastFailureAt: NOON - 100_000 + index,
      active: index % 20 === 0 ? { [`jr_active_${index}`]: { state: 'RUNNING', startedAt: NOON - index } } : {},
    });
  });

/** 50 accounts in three regions; three of the targets are down. */
export const manyTargets = (): readonly TargetStatus[] =>
  Array.from({ length: 150 }, (_, index): TargetStatus => {
    const place = {
      ...target,
      accountId: `${100_000_000_000 + Math.floor(index / 3)}`,
      region: ['eu-west-1', 'eu-central-1', 'us-east-1'][index % 3] ?? '',
    };
    if (index % 50 !== 7) return place;
    const role = `arn:aws:iam::${place.accountId}:role/aws-glue-exporter`;
    const error = `AssumeRole: AccessDenied: User arn:aws:sts::111122223333:assumed-role/exporter/i-0abc is not authorized to perform sts:AssumeRole on resource ${role}`;
    return { ...place, up: false, error, oldestReadAt: NOON - 900 };
  });

/** What Spark says when it is asked for too much: long, and with words that have no blanks. */
export const SPARK_ERROR =
  'Error Category: RESOURCE_NOT_FOUND_ERROR; Failed Line Number: 214; An error occurred while calling o214.pyWriteDynamicFrame. org.apache.spark.sql.catalyst.analysis.NoSuchTableException:analytics_warehouse_curated.orders_with_customer_and_product_dimensions_v2 s3://example-datalake-curated-eu-west-1/warehouse/orders/year=2026/month=03/day=01/part-00000-8f7c2c1e.snappy.parquet';
