/** A query of a panel that finds nothing on the demo. */
export interface ExpectedEmpty {
  /** The dashboard's uid, the panel's title, and the query's letter. */
  readonly query: string;
  readonly because: string;
}

/** Tests check that these find nothing on the demo, and all other queries something. */
export const EXPECTED_EMPTY: readonly ExpectedEmpty[] = [
  { query: 'aws-glue-exporter / Collectors that are down / A', because: 'no collector of the demo fails' },
  { query: 'aws-glue-exporter / Requests that failed, by reason / A', because: 'no request of the demo fails' },
  { query: 'aws-glue-exporter / Requests that failed, by operation / A', because: 'no request of the demo fails' },
  { query: 'aws-glue-exporter / What could not be counted / C', because: 'the demo sends no unknown value' },
];
