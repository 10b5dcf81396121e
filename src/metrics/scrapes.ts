import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Exposition } from './exposition.ts';
import type { Format, ScrapeForm } from './format.ts';
import { closeMember, deflateLastPart, type LastPart } from './gzip.ts';

/** The bytes of a scrape, to be written one after the other. They may be many: nothing is joined for it. */
export type Scrape = (form: ScrapeForm) => Promise<readonly Buffer[]>;

/** The exporter's own series in a format. */
interface Own {
  readonly plain: Buffer;
  /** Made when it is first needed. */
  compressed: Promise<LastPart> | undefined;
}

/**
 * Scrapes of the Glue series and then of the exporter's own, which are rendered for each scrape, once for all that come at the same
 * time.
 */
export const createScrape = (exposition: Exposition, renderOwn: (format: Format) => Promise<string>): Scrape => {
  const next = new Map<Format, Promise<Own>>();

  const render = async (format: Format): Promise<Own> => {
    await nextTurn();
    // Who asks from now on must not be answered with what was true before.
    next.delete(format);
    return { plain: Buffer.from(await renderOwn(format)), compressed: undefined };
  };

  return async form => {
    const rendered = next.get(form.format) ?? render(form.format);
    next.set(form.format, rendered);
    const own = await rendered;
    // The Glue series are read last: what the exporter says of itself is never ahead of what it exposes.
    if (!form.gzip) return [...exposition.plain(form.format), own.plain];
    own.compressed ??= deflateLastPart(own.plain);
    const last = await own.compressed;
    return closeMember(exposition.gzip(form.format), last);
  };
};
