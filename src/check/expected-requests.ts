import { type Forecast, forecast, type Pace } from '../poll/forecast.ts';
import type { CollectorFinding } from './findings.ts';

/** What the polls of a target will send; undefined when nothing could be listed. */
export const expectedRequests = (
  collectors: readonly CollectorFinding[],
  canGlance: boolean,
  pace: Pace,
): Forecast | undefined => {
  const listed = collectors.filter(({ admitted }) => admitted !== undefined);
  if (listed.length === 0) return undefined;
  const sum = (of: (collector: CollectorFinding) => number): number =>
    listed.reduce((total, one) => total + of(one), 0);
  // Entities without requests of their own take no place in a poll.
  const entities = sum(({ admitted = 0, work }) => (work.requestsPerEntity === 0 ? 0 : admitted));
  const requests = sum(({ admitted = 0, work }) => admitted * work.requestsPerEntity);
  return forecast(
    {
      entities,
      requestsPerEntity: entities === 0 ? 1 : requests / entities,
      feedRequests: sum(({ work }) => work.feedRequests),
      listingRequests: sum(({ work }) => (work.isListedEachPoll ? 0 : work.listingRequests)),
      eachPollListingRequests: sum(({ work }) => (work.isListedEachPoll ? work.listingRequests : 0)),
      canGlance,
    },
    pace,
  );
};
