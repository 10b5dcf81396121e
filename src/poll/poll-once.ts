import type { CollectorPoll } from './collector-poll.ts';
import type { IdentifiedTarget } from './identified-target.ts';
import type { Identity } from './identity.ts';
import type { Listings } from './listings.ts';
import type { TaskPolls } from './task-polls.ts';

export interface PollOnceParts {
  readonly identity: Identity;
  readonly collectors: readonly CollectorPoll[];
  readonly listings: Pick<Listings, 'run'>;
  readonly taskPolls: Pick<TaskPolls, 'run'>;
}

/**
 * Creates the steps of one poll of a target: find out its account, list what is due, learn AWS's time, run tasks. It rejects when the
 * target cannot be reached; the failures of single collectors are in their state.
 */
export const createPollOnce = ({ identity, collectors, listings, taskPolls }: PollOnceParts): (() => Promise<void>) => {
  /** The collector that answers, so that a request of it can confirm AWS's time; undefined while none does. */
  const answering = async (target: IdentifiedTarget): Promise<CollectorPoll | undefined> => {
    const listed = collectors.find(({ listing }) => listing?.lastSuccessAt !== undefined);
    if (listed !== undefined || !Number.isNaN(target.epoch)) return listed ?? collectors[0];
    for (const collector of collectors.filter(({ listing }) => listing === undefined)) {
      try {
        await collector.askTime(target);
        return collector;
      } catch (cause) {
        collector.failed(cause);
      }
    }
    return undefined;
  };

  return async () => {
    const identified = await identity.identify();
    await listings.run(identified);
    // Also of a poll in which listings rest: a collector is down until its listing succeeds.
    for (const { listing, failed } of collectors) if (listing?.error !== undefined) failed(listing.error);
    const witness = await answering(identified);
    // With nothing to poll as well: what is created while the exporter is down has its runs counted.
    if (witness === undefined) return;
    await taskPolls.run(await identity.withEpoch(identified, () => witness.askTime(identified)));
  };
};
