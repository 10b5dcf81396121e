import type { Labels } from '../metrics/text.ts';

/** A target whose account is known. */
export interface IdentifiedTarget {
  readonly accountId: string;
  readonly region: string;
  /** Labels of every Glue series of this target. */
  readonly labels: Labels;
  /** Runs that completed before it are not counted; AWS's time in epoch seconds. */
  readonly epoch: number;
}
