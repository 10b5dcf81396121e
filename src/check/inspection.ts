import type { EntityFilter } from '../exporter/entity-filter.ts';
import type { Glue } from '../glue/glue.ts';

/** What the inspection of a collector needs. */
export interface InspectionContext {
  readonly glue: Glue;
  /** Calls so far. */
  calls(): number;
  readonly filter: EntityFilter;
  readonly target: { readonly accountId: string; readonly region: string };
  readonly intervalSeconds: number;
  /** The result, or undefined when it failed: the failure is kept for the report. */
  attempt<Result>(promise: Promise<Result>): Promise<Result | undefined>;
}

/** What polls of a collector will find and send, by what the check has read. */
export interface Inspection {
  /** Entities that exist, and those that are collected; undefined when they could not be listed. */
  readonly listed: number | undefined;
  readonly admitted: number | undefined;
  /** Whether there can be more of them. */
  readonly isPartial: boolean;
  /** What their series will be; undefined when no entity could be read. */
  readonly series: number | undefined;
  readonly work: CollectorWork;
}

/** The requests that polls of one collector take, once everything was read for the first time. */
export interface CollectorWork {
  readonly listingRequests: number;
  /** Whether each poll lists, and not only every discovery interval. */
  readonly isListedEachPoll: boolean;
  /** For the runs of one entity, with each poll; 0 where listings show what is exposed, or whether there are new runs. */
  readonly requestsPerEntity: number;
  /** For a feed, with each poll. */
  readonly feedRequests: number;
}

/** The series of so many entities, by those of a sample; undefined when nothing is known. */
export const seriesOf = (entities: number | undefined, sample: readonly number[]): number | undefined => {
  if (entities === 0) return 0;
  const perEntity = average(sample);
  return entities === undefined || perEntity === undefined ? undefined : Math.round(entities * perEntity);
};

export const average = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : values.reduce((a, b) => a + b, 0) / values.length;

/** A sample from all over the list, which is sorted by name. */
export const spread = <Item>(items: readonly Item[], most: number): readonly Item[] =>
  items.length <= most
    ? items
    : Array.from({ length: most }, (_, index) => items[Math.floor(((index + 0.5) * items.length) / most)]).filter(
        item => item !== undefined,
      );

/** Entities to render where that takes no request. */
export const RENDERED = 200;
