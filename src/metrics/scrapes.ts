import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Exposition } from './exposition.ts';
import type { Format, ScrapeForm } from './format.ts';
import { closeMember, deflateLastPart, type OpenMember } from './gzip.ts';

/** The bytes of a scrape, to be written one after the other. They may be many: nothing is joined for it. */
export type Scrape = (form: ScrapeForm) => Promise<readonly Buffer[]>;

/** Scrapes in one format that come in one turn. They are answered together. */
interface Round {
  wantsPlain: boolean;
  wantsGzip: boolean;
  readonly answer: Promise<Answer>;
}

/** What of it is wanted. */
interface Answer {
  readonly plain: readonly Buffer[];
  readonly gzip: Promise<readonly Buffer[]>;
}

/**
 * Scrapes of the Glue series and then of the exporter's own, which are rendered for each scrape, once for all that come at the same
 * time. `renderOwn` is told how many Glue series that scrape shows, and has read its gauges when it returns its promise: so what the
 * exporter says of itself is true of the Glue series beside it.
 */
export const createScrape = (
  exposition: Exposition,
  renderOwn: (format: Format, shownSeries: number) => Promise<string>,
): Scrape => {
  const next = new Map<Format, Round>();

  const answer = async (format: Format): Promise<Answer> => {
    await nextTurn();
    const round = next.get(format);
    // Who asks from now on must not be answered with what was true before.
    next.delete(format);
    // Nothing else has its turn between these three.
    const shown = round?.wantsPlain ? exposition.plain(format) : [];
    const open = round?.wantsGzip ? exposition.gzip(format) : undefined;
    const rendering = renderOwn(format, exposition.shownSeries);
    const own = Buffer.from(await rendering);
    return { plain: [...shown, own], gzip: open === undefined ? NOTHING : zipped(open, own) };
  };

  return async ({ format, gzip }) => {
    const round = next.get(format) ?? { wantsPlain: false, wantsGzip: false, answer: answer(format) };
    next.set(format, round);
    if (gzip) round.wantsGzip = true;
    else round.wantsPlain = true;
    const answered = await round.answer;
    return gzip ? answered.gzip : answered.plain;
  };
};

const NOTHING: Promise<readonly Buffer[]> = Promise.resolve([]);

const zipped = async (open: OpenMember, own: Buffer): Promise<readonly Buffer[]> =>
  closeMember(open, await deflateLastPart(own));
