import type { Glue } from '../glue/glue.ts';
import type { Log } from '../log.ts';
import type { TargetTelemetry } from '../metrics/target-telemetry.ts';
import type { Labels } from '../metrics/text.ts';
import type { LedgerStore } from '../state/ledger-store.ts';
import { confirmTime, logClockSkew } from './confirm-time.ts';
import type { IdentifiedTarget } from './identified-target.ts';

export interface IdentityOptions {
  readonly region: string;
  /** Constant labels in addition to account and region, which they can depend on. */
  readonly labels: (accountId: string) => Labels;
  readonly glue: Glue;
  readonly store: LedgerStore;
  readonly telemetry: TargetTelemetry;
  readonly log: Log;
  /** Takes an account for this target's region; false when another target has it already. */
  readonly claim: (accountId: string) => boolean;
  /** Uptime from which on the runs of a target are counted that was never seen before. */
  readonly countingSince: number;
  /** Seconds since the process started, on a clock that only runs forward. */
  readonly uptime: () => number;
  /** Epoch seconds of the local clock. */
  readonly localNow: () => number;
}

/** Which account a target is, and since when its runs are counted. */
export interface Identity {
  /** Undefined until the account is known; its epoch is NaN until that is known. */
  readonly target: IdentifiedTarget | undefined;
  /** Finds out the account. Rejects when AWS does not answer, or another target has it. */
  identify(): Promise<IdentifiedTarget>;
  /** The target with its epoch. `request` makes a request, so that AWS's answers confirm the time. */
  withEpoch(identified: IdentifiedTarget, request: () => Promise<void>): Promise<IdentifiedTarget>;
}

/** Before the first request. */
export const createIdentity = (options: IdentityOptions): Identity => {
  const { region, glue, store, telemetry, log, uptime } = options;
  let target: IdentifiedTarget | undefined;

  return {
    get target() {
      return target;
    },
    async identify() {
      if (target !== undefined) return target;
      const accountId = await glue.accountId();
      if (!options.claim(accountId)) {
        throw new Error(
          `account ${accountId} in ${region} is polled by another target; merge the two: one target takes all of an account and region`,
        );
      }
      const labels = options.labels(accountId);
      telemetry.identify(accountId, labels);
      target = {
        accountId,
        region,
        labels: { aws_account_id: accountId, aws_region: region, ...labels },
        epoch: Number.NaN,
      };
      return target;
    },
    /**
     * The first time ever that this target was polled, unless that is known: in AWS's time, and not later than any answer supports.
     * Runs that end from then on are counted.
     */
    async withEpoch(identified, request) {
      if (!Number.isNaN(identified.epoch)) return identified;
      await confirmTime(glue, request);
      logClockSkew(log, glue.now() - options.localNow());
      const firstSeenAt = glue.earliestNow() - (uptime() - options.countingSince);
      target = { ...identified, epoch: await store.epoch(identified, firstSeenAt) };
      return target;
    },
  };
};
