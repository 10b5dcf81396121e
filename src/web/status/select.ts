import { executingSince } from '../../runs/ledger.ts';
import { isSlow } from '../../runs/recent.ts';
import type { ActiveRun, EntityStatus } from '../../status.ts';
import { forEachYielding, type Yield } from '../../yield.ts';
import { arrange } from './arrange.ts';
import { windowOf } from './list.ts';
import { type Page, pageOf } from './pages.ts';
import type { Sort, StatusQuery } from './query.ts';

/** Rows of a page of the table. */
export const ROWS_PER_PAGE = 50;

/** A page of the table. */
export interface Selection {
  readonly rows: readonly EntityStatus[];
  readonly page: Page;
}

/** An active run, and what it is compared with. */
export interface ActiveRow extends ActiveRun {
  readonly entity: EntityStatus;
  readonly id: string;
  readonly ageSeconds: number | undefined;
  readonly slow: boolean;
}

/** Active runs that are shown, and how many of all are slow. */
export interface ActiveSelection {
  readonly rows: readonly ActiveRow[];
  readonly page: Page;
  readonly slow: number;
}

/** The page that a query asks for, in its order, of the entities that its filter leaves. */
export const selectRows = async (
  matching: readonly EntityStatus[],
  query: StatusQuery,
  yieldIfDue: Yield,
): Promise<Selection> => {
  const rows = [...matching];
  const compare = ORDERS[query.sort];
  const direction = query.reversed ? -1 : 1;
  const page = pageOf(rows.length, query.page, ROWS_PER_PAGE);
  await arrange(rows, (a, b) => direction * compare(a, b) || byName(a, b), page.first, page.end, yieldIfDue);
  return { rows: rows.slice(page.first, page.end), page };
};

/** Active runs of the entities that a filter leaves: slow ones first, and then those that started first. */
export const selectActive = async (
  matching: readonly EntityStatus[],
  query: StatusQuery,
  now: number,
  yieldIfDue: Yield,
): Promise<ActiveSelection> => {
  const rows: ActiveRow[] = [];
  let slowOnes = 0;
  await forEachYielding(matching, yieldIfDue, entity => {
    for (const id in entity.active) {
      const run = entity.active[id];
      if (run === undefined) break;
      const ageSeconds = run.startedAt === undefined ? undefined : Math.max(0, now - run.startedAt);
      // Queueing is not slow.
      const since = executingSince(run);
      const slow = since !== undefined && isSlow(now - since, entity.usualSeconds);
      if (slow) slowOnes += 1;
      rows.push({ ...run, entity, id, ageSeconds, slow });
    }
  });
  const page = windowOf('active', rows.length, query);
  await arrange(rows, byUrgency, page.first, page.end, yieldIfDue);
  return { rows: rows.slice(page.first, page.end), page, slow: slowOnes };
};

const byUrgency = (a: ActiveRow, b: ActiveRow): number =>
  Number(b.slow) - Number(a.slow) || (b.ageSeconds ?? 0) - (a.ageSeconds ?? 0) || compareTexts(a.id, b.id);

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

/** Names are not unique: an entity may be in many regions. Plain comparison, as a locale's would take a second for ten thousand. */
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
