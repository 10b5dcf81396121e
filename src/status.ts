/** What a person wants to know of a target. */
export interface TargetStatus {
  readonly accountId: string | undefined;
  readonly region: string;
  /** Undefined until the first poll has ended. */
  readonly up: boolean | undefined;
  readonly error: string | undefined;
  /** Local epoch seconds. */
  readonly lastPollEndedAt: number | undefined;
  readonly lastPollSeconds: number | undefined;
  readonly collectors: readonly { readonly name: string; readonly entities: number; readonly polled: number }[];
}
