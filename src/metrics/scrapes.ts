import { createYield, mapYielding, nextTurn } from '../yield.ts';
import type { Exposition } from './exposition.ts';
import type { Format, ScrapeForm } from './format.ts';
import { addParts, closeMember, type Deflated, deflateLastPart, storePart } from './gzip.ts';
import type { Piece } from './piece.ts';

/** Gets the first bytes of a scrape, to be written one after the other. They may be many: nothing is joined for it. */
export type Begin = (first: readonly Buffer[]) => void;

/** Scrapes: passes on the first bytes, nearly all of them, as soon as there are any, and resolves with those that follow. */
export type Scrape = (form: ScrapeForm, begin: Begin) => Promise<readonly Buffer[]>;

/** All bytes of a scrape, for who writes nothing before they are complete. */
export const scrapeWhole = async (scrape: Scrape, form: ScrapeForm): Promise<readonly Buffer[]> => {
  let first: readonly Buffer[] = [];
  const rest = await scrape(form, bytes => {
    first = bytes;
  });
  return [...first, ...rest];
};

/** Scrapes in one format that come in one turn. They are answered together. */
interface Round {
  readonly plain: Begin[];
  readonly gzip: Begin[];
  readonly rest: Promise<Rest>;
}

/** What follows the first bytes. */
interface Rest {
  readonly plain: readonly Buffer[];
  readonly gzip: Promise<readonly Buffer[]>;
}

/** Own series: pieces that stay the same until they change, and the series of this Node process as text. */
export interface OwnPart {
  readonly pieces: readonly Piece[];
  readonly process: Promise<string>;
}

/** Pieces are compressed in the background. Those that have changed since are small and few, and sent as they are. */
const partsOf = (pieces: readonly Piece[]): Promise<readonly Deflated[]> =>
  mapYielding(pieces, createYield(), piece => piece.deflated ?? storePart(piece.bytes));

/**
 * Scrapes of the Glue series and then of the exporter's own, once for all that come at the same time, and while the Glue series are on
 * their way. `exposeOwn` gets the number of Glue series in that scrape, and has read its gauges when it returns: so what the exporter
 * says of itself is true of the Glue series next to it.
 */
export const createScrape = (
  exposition: Exposition,
  exposeOwn: (format: Format, shownSeries: number) => OwnPart,
): Scrape => {
  const next = new Map<Format, Round>();

  const answer = async (format: Format): Promise<Rest> => {
    await nextTurn();
    const { plain = [], gzip = [] } = next.get(format) ?? {};
    // Who asks from now on must not be answered with what was true before.
    next.delete(format);
    // From here on nothing else has its turn until the gauges are read.
    const shown = plain.length > 0 ? exposition.plain(format) : [];
    const open = gzip.length > 0 ? exposition.gzip(format) : undefined;
    for (const begin of plain) begin(shown);
    for (const begin of gzip) begin(open === undefined ? [] : [open.bytes]);
    const { pieces, process: ofProcess } = exposeOwn(format, exposition.shownSeries);
    const last = ofProcess.then(text => Buffer.from(text));
    const zipped = async (): Promise<readonly Buffer[]> => {
      if (open === undefined) return [];
      const parts = await partsOf(pieces);
      return [
        ...parts.map(({ bytes }) => bytes),
        ...closeMember(addParts(open, parts), await deflateLastPart(await last)),
      ];
    };
    return { plain: [...pieces.map(({ bytes }) => bytes), await last], gzip: zipped() };
  };

  return async ({ format, gzip }, begin) => {
    const round = next.get(format) ?? { plain: [], gzip: [], rest: answer(format) };
    next.set(format, round);
    round[gzip ? 'gzip' : 'plain'].push(begin);
    const rest = await round.rest;
    return gzip ? rest.gzip : rest.plain;
  };
};
