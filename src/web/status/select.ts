import type { EntityId } from '../../runs/failures.ts';
import { isFailing, isSlow, successes, usualSeconds } from '../../runs/recent.ts';
import type { ActiveRun, EntityStatus } from '../../status.ts';
import { arrange } from './arrange.ts';
import type { Sort, StatusQuery } from './query.ts';

/** Rows of a page of the table. */
export const ROWS_PER_PAGE = 50;

/** A row of the table, with what it is sorted by. */
export interface Row {
  readonly entity: EntityStatus;
  readonly failing: boolean;
  /** Of the runs that ended; undefined without any, and where nothing is sorted by it. */
  readonly successRatio: number | undefined;
}

/** A page of the table. */
export interface Selection {
  readonly rows: readonly Row[];
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
  readonly usualSeconds: number | undefined;
  readonly slow: boolean;
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
export const selectRows = (entities: readonly EntityStatus[], query: StatusQuery): Selection => {
  const isWanted = matching(query);
  const rows: Row[] = [];
  for (const entity of entities) {
    if (!isWanted(entity)) continue;
    const failing = isFailing(entity.recent);
    if (query.failing && !failing) continue;
    rows.push({ entity, failing, successRatio: query.sort === 'success' ? successRatio(entity) : undefined });
  }
  const compare = ORDERS[query.sort];
  const direction = query.reversed ? -1 : 1;
  const pages = Math.max(1, Math.ceil(rows.length / ROWS_PER_PAGE));
  const page = Math.min(query.page, pages);
  const first = (page - 1) * ROWS_PER_PAGE;
  arrange(rows, (a, b) => direction * compare(a, b) || byName(a, b), first, first + ROWS_PER_PAGE);
  return { rows: rows.slice(first, first + ROWS_PER_PAGE), found: rows.length, page, pages };
};

/** The active runs that a query asks for: slow ones first, and then those that started first. */
export const selectActive = (
  entities: readonly EntityStatus[],
  query: StatusQuery,
  now: number,
): readonly ActiveRow[] => {
  const isWanted = matching(query);
  const rows: ActiveRow[] = [];
  for (const entity of entities) {
    let usual: number | undefined;
    let isFirst = true;
    for (const id in entity.active) {
      const run = entity.active[id];
      if (run === undefined || (isFirst && !isWanted(entity))) break;
      if (isFirst) usual = usualSeconds(entity.recent);
      isFirst = false;
      const ageSeconds = run.startedAt === undefined ? undefined : Math.max(0, now - run.startedAt);
      const slow = ageSeconds !== undefined && isSlow(ageSeconds, usual);
      rows.push({ entity, id, state: run.state, startedAt: run.startedAt, ageSeconds, usualSeconds: usual, slow });
    }
  }
  return rows.sort((a, b) => Number(b.slow) - Number(a.slow) || (b.ageSeconds ?? 0) - (a.ageSeconds ?? 0));
};

const successRatio = ({ recent }: EntityStatus): number | undefined => {
  const { ended, succeeded } = successes(recent);
  return ended === 0 ? undefined : succeeded / ended;
};

type Compare = (a: Row, b: Row) => number;

/** Latest first; what never was comes last. */
const byTime =
  (timeOf: (entity: EntityStatus) => number | undefined): Compare =>
  (a, b) => {
    const [one, other] = [timeOf(a.entity) ?? Number.MIN_SAFE_INTEGER, timeOf(b.entity) ?? Number.MIN_SAFE_INTEGER];
    return other - one;
  };

const byLastFailure = byTime(({ lastFailureAt }) => lastFailureAt);

const compareTexts = (a: string, b: string): number => {
  if (a === b) return 0;
  return a < b ? -1 : 1;
};

/** Names are not unique: a job may be in many regions. Plain comparison, as a locale's would take a second for ten thousand. */
const byName: Compare = ({ entity: a }, { entity: b }) =>
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
