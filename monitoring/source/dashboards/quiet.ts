/** A query of a panel that finds nothing on the demo. */
export interface Quiet {
  /** The dashboard's uid, the panel's title, and the query's letter. */
  readonly query: string;
  readonly because: string;
}

/** Tests hold that these find nothing on the demo, and all other queries something. */
export const QUIET: readonly Quiet[] = [];
