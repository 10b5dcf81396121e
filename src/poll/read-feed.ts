import type { EntityDefinition, Feed } from '../collectors/collector.ts';
import type { Glue } from '../glue/glue.ts';
import { type RunErrors, readHistory, type Truncation } from '../runs/history.ts';
import type { Reading } from '../runs/ledger.ts';
import type { Run } from '../runs/run.ts';

/** Pages that one poll reads at most. */
const MAX_PAGES = 100;

/** What one reading of a feed gave. */
export interface FeedRead<Definition, Facts> {
  /** All runs; each ledger takes those of its own entity. */
  readonly reading: Reading<Facts>;
  /** The entities that runs were of, by name. */
  readonly owners: ReadonlyMap<string, FeedOwner<Definition, Facts>>;
  readonly errors: RunErrors;
  readonly truncated: Truncation | undefined;
  /** Pages that were read. */
  readonly requests: number;
}

/** One entity that runs of a feed were of. */
export interface FeedOwner<Definition, Facts> {
  readonly definition: Definition;
  readonly runs: readonly Run<Facts>[];
}

export interface ReadFeedOptions {
  /** No run that started before it can be new, epoch seconds; undefined for all that AWS still has. */
  readonly since: number | undefined;
  /** Whether the feed was seen to be answered newest first, and in no other order since; undefined before the first reading. */
  readonly newestFirst: boolean | undefined;
  /** Pages to read at most; 100 unless given. */
  readonly maxPages?: number;
}

/** Reads all pages of a feed since a time, and groups its runs by the entities that they are of. Rejects when a page fails. */
export const readFeed = async <Definition extends EntityDefinition, Facts>(
  collector: Pick<Feed<Definition, Facts>, 'maxPageSize' | 'readFeed'>,
  glue: Glue,
  { since, newestFirst, maxPages = MAX_PAGES }: ReadFeedOptions,
): Promise<FeedRead<Definition, Facts>> => {
  const reader = readHistory<Facts>({
    stopBefore: since,
    minimumRuns: 0,
    maxPages,
    orderProven: newestFirst ?? false,
    // One that was seen in another order is read to its end, once, before it is trusted again.
    trustOrder: newestFirst ?? true,
    readAt: glue.now(),
  });
  const owners = new Map<string, { readonly definition: Definition; readonly runs: Run<Facts>[] }>();
  const errors = new Map<string, () => string | undefined>();
  let token: string | undefined;
  let requests = 0;
  do {
    const { runs, ...page } = await collector.readFeed(glue, since, collector.maxPageSize, token);
    requests += 1;
    for (const { of: definition, run } of runs) {
      const owner = owners.get(definition.name) ?? { definition, runs: [] };
      owners.set(definition.name, owner);
      owner.runs.push(run);
    }
    for (const [id, error] of page.errors ?? []) errors.set(id, error);
    token = reader.add({ ...page, runs: runs.map(({ run }) => run) });
  } while (token !== undefined);
  const { completeAfter, ...reading } = reader.reading();
  return {
    // Read to its end, it says nothing of what started before.
    reading: { ...reading, completeAfter: Math.max(completeAfter, since ?? Number.NEGATIVE_INFINITY) },
    owners,
    errors,
    truncated: reader.truncated,
    requests,
  };
};
