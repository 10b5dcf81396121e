import { messageOf } from '../log.ts';

/** How the poll of one collector goes, and whether it has failed as a whole. */
export interface PollHealth {
  /** Forgets the last poll. */
  begin(): void;
  /** An entity was read. */
  succeeded(): void;
  /** Something failed that concerns the target. */
  failed(error: unknown): void;
  /** The target could not be reached at all. */
  unreachable(error: unknown): void;
  /** The uptime at which the poll began, if it could not reach the target; undefined otherwise. */
  readonly unreachableAt: number | undefined;
  /** The same if it could not, or was given up. */
  readonly outageAt: number | undefined;
  /** An entity could not be read for a reason of its own. */
  failedAlone(error: unknown): void;
  /** Nothing more is asked for in this poll. Each entity may have a fault of its own, but not all of them. */
  end(): void;
  /** Enough failures in a row for an outage, unless what answered last still does. */
  readonly isInDoubt: boolean;
  /** The rest of this poll is left alone. */
  giveUp(): void;
  readonly givenUp: boolean;
  /** The first failure that concerns the target, if there was one, and how many there were. */
  readonly failure: string | undefined;
  readonly failures: number;
}

/** Enough to distinguish an outage from bad luck, but not from some jobs that are denied. */
const IN_DOUBT_AFTER_FAILURES = 10;

/** The health of a poll that has not begun. `uptime` is in seconds, on a clock that only runs forward. */
export const createHealth = (uptime: () => number): PollHealth => {
  let failure: string | undefined;
  let failures = 0;
  let inARow = 0;
  let successes = 0;
  let ownFault: unknown;
  let givenUp = false;
  let isUnreachable = false;
  let begunAt = 0;

  const failed = (error: unknown): void => {
    failures += 1;
    inARow += 1;
    failure ??= messageOf(error);
  };

  return {
    begin() {
      failure = undefined;
      failures = 0;
      inARow = 0;
      successes = 0;
      ownFault = undefined;
      givenUp = false;
      isUnreachable = false;
      begunAt = uptime();
    },
    succeeded() {
      successes += 1;
      inARow = 0;
    },
    failed,
    unreachable(error) {
      isUnreachable = true;
      failed(error);
    },
    get unreachableAt() {
      return isUnreachable ? begunAt : undefined;
    },
    get outageAt() {
      return isUnreachable || givenUp ? begunAt : undefined;
    },
    failedAlone(error) {
      ownFault ??= error;
    },
    end() {
      if (successes === 0 && failure === undefined && ownFault !== undefined) failed(ownFault);
    },
    get isInDoubt() {
      return inARow >= IN_DOUBT_AFTER_FAILURES;
    },
    giveUp() {
      givenUp = true;
    },
    get givenUp() {
      return givenUp;
    },
    get failure() {
      return failure;
    },
    get failures() {
      return failures;
    },
  };
};
