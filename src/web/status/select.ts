import type { Breathe } from '../../breathe.ts';
import type { EntityId } from '../../runs/failures.ts';
import { executingSince } from '../../runs/ledger.ts';
import { isSlow } from '../../runs/recent.ts';
import type { ActiveRun, EntityStatus } from '../../status.ts';
import { arrange } from './arrange.ts';
import { BETWEEN_PAUSES } from './pauses.ts';
import type { Sort, StatusQuery } from './query.ts';

/** Rows of a page of the table. */
export const ROWS_PER_PAGE = 50;

/** A page of the table. */
export interface Selection {
  readonly rows: readonly EntityStatus[];
  /** Rows of all pages. */
  readonly found: number;
  readonly page: number;
  readonly pages: number;
}

/** An active run, and what it is compared with. */
export interface ActiveRow extends ActiveRun {
  readonly entity: EntityStatus;
  readonly id: string;
  readonly ageSeconds: number | undefined;
  readonly slow: boolean;
}

/** Active runs that are shown, and how many there are. */
export interface ActiveSelection {
  readonly rows: readonly ActiveRow[];
  readonly found: number;
  readonly slow: number;
}

/** Whether a job or workflow is asked for. */
export const matching = ({ search, kind, account, region }: StatusQuery): ((entity: EntityId) => boolean) => {
  const part = search.toLowerCase();
  return entity =>
    (kind === '' || entity.collector === kind) &&
    (account === '' || entity.accountId === account) &&
    (region === '' || entity.region === region) &&
    (part === '' || entity.name.toLowerCase().includes(part));
};

/** The rows that a query asks for, in its order; of a page beyond the last, the last. */
export const selectRows = async (
  entities: readonly EntityStatus[],
  query: StatusQuery,
  pause: Breathe,
): Promise<Selection> => {
  const isWanted = matching(query);
  const rows: EntityStatus[] = [];
  await inSlices(entities, pause, entity => {
    if ((entity.failing || !query.failing) && isWanted(entity)) rows.push(entity);
  });
  const compare = ORDERS[query.sort];
  const direction = query.reversed ? -1 : 1;
  const pages = Math.max(1, Math.ceil(rows.length / ROWS_PER_PAGE));
  const page = Math.min(query.page, pages);
  const first = (page - 1) * ROWS_PER_PAGE;
  const last = first + ROWS_PER_PAGE;
  await arrange(rows, (a, b) => direction * compare(a, b) || byName(a, b), first, last, pause);
  return { rows: rows.slice(first, last), found: rows.length, page, pages };
};

/** The active runs that a query asks for: slow ones first, and then those that started first; `most` of them at most. */
export const selectActive = async (
  entities: readonly EntityStatus[],
  query: StatusQuery,
  now: number,
  most: number,
  pause: Breathe,
): Promise<ActiveSelection> => {
  const isWanted = matching(query);
  const rows: ActiveRow[] = [];
  let slowOnes = 0;
  await inSlices(entities, pause, entity => {
    for (const id in entity.active) {
      const run = entity.active[id];
      if (run === undefined || !isWanted(entity)) break;
      const ageSeconds = run.startedAt === undefined ? undefined : Math.max(0, now - run.startedAt);
      // Queueing is not slow.
      const since = executingSince(run);
      const slow = since !== undefined && isSlow(now - since, entity.usualSeconds);
      if (slow) slowOnes += 1;
      rows.push({ ...run, entity, id, ageSeconds, slow });
    }
  });
  await arrange(rows, byUrgency, 0, most, pause);
  return { rows: rows.slice(0, most), found: rows.length, slow: slowOnes };
};

const byUrgency = (a: ActiveRow, b: ActiveRow): number =>
  Number(b.slow) - Number(a.slow) || (b.ageSeconds ?? 0) - (a.ageSeconds ?? 0) || compareTexts(a.id, b.id);

const inSlices = async (
  entities: readonly EntityStatus[],
  pause: Breathe,
  act: (entity: EntityStatus) => void,
): Promise<void> => {
  for (let start = 0; start < entities.length; start += BETWEEN_PAUSES) {
    for (const entity of entities.slice(start, start + BETWEEN_PAUSES)) act(entity);
    await pause();
  }
};

type Compare = (a: EntityStatus, b: EntityStatus) => number;

/** Latest first; what never was comes last. */
const byTime =
  (timeOf: (entity: EntityStatus) => number | undefined): Compare =>
  (a, b) =>
    (timeOf(b) ?? Number.MIN_SAFE_INTEGER) - (timeOf(a) ?? Number.MIN_SAFE_INTEGER);

const byLastFailure = byTime(({ lastFailureAt }) => lastFailureAt);

const compareTexts = (a: string, b: string): number => {
  if (a === b) return 0;
  return a < b ? -1 : 1;
};

/** Names are not unique: a job may be in many regions. Plain comparison, as a locale's would take a second for ten thousand. */
const byName: Compare = (a, b) =>
  compareTexts(a.name, b.name) ||
  compareTexts(a.accountId, b.accountId) ||
  compareTexts(a.region, b.region) ||
  compareTexts(a.collector, b.collector);

const ORDERS: Readonly<Record<Sort, Compare>> = {
  status: (a, b) => Number(b.failing) - Number(a.failing) || (a.failing ? byLastFailure(a, b) : 0),
  name: byName,
  success: (a, b) => (a.successRatio ?? 2) - (b.successRatio ?? 2),
  'last-run': byTime(({ newest }) => newest?.startedAt),
  'last-failure': byLastFailure,
};
