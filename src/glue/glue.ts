import type { Inputs, Operation } from './operations.ts';
import type { Reason } from './reason.ts';

/** One account and region of Glue, as collectors see it. Requests fail with a GlueError. */
export interface Glue {
  readonly call: Call;
  /** AWS's time in epoch seconds, from the Date headers of answers that agree. */
  now(): number;
  /** The latest time that is not ahead of any of these answers. */
  earliestNow(): number;
  /** Whether two independent witnesses agree on the time; stays true. Nothing lasting may be derived from it before. */
  isTimeConfirmed(): boolean;
  readonly observer: RequestObserver;
  region(): Promise<string>;
  /** Asks STS unless the config or the role's ARN says it. */
  accountId(): Promise<string>;
  close(): void;
}

/** A connection to AWS Glue that can also ask whose credentials it has. */
export interface GlueConnection extends Glue {
  /** Asks STS, whatever the config says. */
  callerIdentity(): Promise<CallerIdentity>;
}

/**
 * Sends one request, and again after failures that may pass. `read` turns the answer into the result; what it throws is a failure of
 * the call. `answeredAt` is the time that the answer itself gives, epoch seconds: of its own dates none can be later.
 */
export type Call = <Name extends Operation, Output>(
  operation: Name,
  input: Inputs[Name],
  read: (answer: Answer, answeredAt: number | undefined) => Output,
) => Promise<Output>;

/** The JSON object of an answer, unchecked. */
export type Answer = Readonly<Record<string, unknown>>;

/** Learns of every request. */
export interface RequestObserver {
  /** A request is sent. An attempt that fails to get credentials is never sent. */
  requested(operation: string): void;
  failed(operation: string, reason: Reason): void;
  /** A value that this version does not know; `field` is a name that the collector chooses, such as job_run_state. */
  unknownValue(field: string, value: string): void;
}

/** Whom the credentials stand for. */
export interface CallerIdentity {
  readonly accountId: string;
  /** Such as arn:aws:sts::111122223333:assumed-role/glue-exporter/aws-glue-exporter. */
  readonly arn: string | undefined;
}
