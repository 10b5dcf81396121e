import type { EntityDefinition, Inventory } from '../collectors/collector.ts';
import { renderEntity } from '../metrics/rendered.ts';
import { type Inspection, type InspectionContext, RENDERED, seriesOf, spread } from './inspection.ts';

/** Lists: that shows everything that is exposed. */
export const inspectInventory = async <Definition extends EntityDefinition>(
  collector: Inventory<Definition>,
  { glue, calls, filter, target, attempt }: InspectionContext,
): Promise<Inspection> => {
  const listed = await attempt(collector.list(glue, filter.tags));
  const admitted = listed?.filter(({ name }) => filter.admits(target, name));
  const sample = spread(admitted ?? [], RENDERED).map(
    definition => renderEntity(collector.families, {}, { definition }).series,
  );
  return {
    listed: listed?.length,
    admitted: admitted?.length,
    isPartial: false,
    series: seriesOf(admitted?.length, sample),
    work: { listingRequests: calls(), isListedEachPoll: true, requestsPerEntity: 0, feedRequests: 0 },
  };
};
