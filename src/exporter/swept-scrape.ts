import type { Exposition } from '../metrics/exposition.ts';
import type { Scrape } from '../metrics/scrapes.ts';
import type { ReplacedSeries } from './replaced-series.ts';
import type { TargetSet } from './target-set.ts';

export interface SweptScrapeOptions {
  readonly exposition: Exposition;
  readonly replacedSeries: ReplacedSeries;
  readonly targets: Pick<TargetSet, 'running'>;
}

/** A scrape that first removes what reloads have left over, and brings the exporter's own gauges up to date. */
export const createSweptScrape = (
  scrape: Scrape,
  { exposition, replacedSeries, targets }: SweptScrapeOptions,
): Scrape => {
  // The gauges of a removed target go at this moment, and so must its series: all scrapes wait for that.
  let swept = Promise.resolve();
  return async (form, begin) => {
    const before = exposition.series;
    replacedSeries.sweep(targets.running());
    if (exposition.series !== before) swept = exposition.refreshed().catch(() => {});
    await swept;
    for (const running of targets.running()) running.refreshTelemetry();
    return scrape(form, begin);
  };
};
