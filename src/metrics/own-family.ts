import type { FamilyHeader } from './family.ts';
import type { Format } from './format.ts';
import { deflated, type Piece, pieceOf } from './piece.ts';
import { type Labels, renderHeader, renderLabels, renderSample } from './text.ts';

/** What identifies a target on the exporter's own series, and its constant labels. The account id is empty until it is known. */
export interface TargetLabels extends Labels {
  readonly aws_account_id: string;
  readonly aws_region: string;
}

/** Labels of a series: those of the family, and the constant labels of the target if it is about one. */
export type OwnLabels<Name extends string> = Readonly<Record<Name, string>> & Labels;

/** A family of the exporter's own: its series change one by one, and are rendered when they are asked for after a change. */
export interface OwnFamily {
  /** The samples in pieces, each of which is the same object until one in it changes. */
  samples(): readonly Piece[];
  header(format: Format): Piece;
  /** Moves the series of a target to other constant labels. Counters continue with their values. */
  relabel(from: TargetLabels, to: TargetLabels): void;
}

export interface OwnGauge<Name extends string> extends OwnFamily {
  set(...args: readonly [value: number] | readonly [labels: OwnLabels<Name>, value: number]): void;
  remove(labels: OwnLabels<Name>): void;
}

export interface OwnCounter<Name extends string> extends OwnFamily {
  inc(...args: readonly [by?: number] | readonly [labels: OwnLabels<Name>, by?: number]): void;
}

interface Series {
  readonly labels: Labels;
  readonly rendered: string;
  value: number;
  /** Its line; undefined after a change. */
  line: string | undefined;
  readonly chunk: Chunk;
}

/** Series that are rendered and compressed together. */
interface Chunk {
  readonly series: Set<Series>;
  /** Undefined after a change. */
  piece: Piece | undefined;
}

/** A poll changes some series of its target: few of these pieces, which are small. */
const CHUNK_SERIES = 32;

/** Rendered labels identify a series, so that no two lines can be the same. */
const createFamily = (header: FamilyHeader) => {
  const byLabels = new Map<string, Series>();
  const headers = new Map<Format, Piece>();
  const chunks: Chunk[] = [];

  /** The last chunk, or a new one. */
  const openChunk = (): Chunk => {
    const last = chunks.at(-1);
    if (last !== undefined && last.series.size < CHUNK_SERIES) return last;
    const chunk: Chunk = { series: new Set(), piece: undefined };
    chunks.push(chunk);
    return chunk;
  };
  const pieceOfChunk = (chunk: Chunk): Piece => {
    let text = '';
    for (const series of chunk.series) {
      series.line ??= renderSample(header.name, series.rendered, series.value);
      text += series.line;
    }
    return pieceOf(text);
  };

  const put = (labels: Labels, valueAfter: (before: number | undefined) => number): void => {
    const text = renderLabels(labels);
    const known = byLabels.get(text);
    const value = valueAfter(known?.value);
    if (known?.value === value) return;
    const series = known ?? { labels, rendered: text, value, line: undefined, chunk: openChunk() };
    series.value = value;
    series.line = undefined;
    series.chunk.piece = undefined;
    series.chunk.series.add(series);
    byLabels.set(text, series);
  };
  const remove = (labels: Labels): void => {
    const text = renderLabels(labels);
    const series = byLabels.get(text);
    if (series === undefined) return;
    byLabels.delete(text);
    const { chunk } = series;
    chunk.series.delete(series);
    chunk.piece = undefined;
    if (chunk.series.size === 0) chunks.splice(chunks.indexOf(chunk), 1);
  };
  const family: OwnFamily = {
    samples: () =>
      chunks.map(chunk => {
        chunk.piece ??= pieceOfChunk(chunk);
        return chunk.piece;
      }),
    header(format) {
      const known = headers.get(format);
      if (known !== undefined) return known;
      const piece = pieceOf(renderHeader(header, format));
      deflated(piece);
      headers.set(format, piece);
      return piece;
    },
    relabel(from, to) {
      for (const { labels, value } of [...byLabels.values()]) {
        if (labels.aws_account_id !== from.aws_account_id || labels.aws_region !== from.aws_region) continue;
        const own = Object.fromEntries(Object.entries(labels).filter(([name]) => !(name in from)));
        remove(labels);
        put({ ...to, ...own }, before => value + (header.type === 'counter' ? (before ?? 0) : 0));
      }
    },
  };
  // A family without labels has one series, which is there from the start.
  if (header.labelNames.length === 0) put({}, () => 0);
  return { family, put, remove };
};

/** A gauge; without labels it is 0 until it is set. */
export const createOwnGauge = <Name extends string>(header: FamilyHeader): OwnGauge<Name> => {
  const { family, put, remove } = createFamily(header);
  return {
    ...family,
    set(...[first, value]) {
      if (typeof first === 'number') put({}, () => first);
      else put(first, () => value ?? Number.NaN);
    },
    remove,
  };
};

/** A counter; without labels it is there from the start. Of others a series is there once it was added to, be it 0. */
export const createOwnCounter = <Name extends string>(header: FamilyHeader): OwnCounter<Name> => {
  const { family, put } = createFamily(header);
  return {
    ...family,
    inc(...[first, by = 1]) {
      if (typeof first === 'object') put(first, before => (before ?? 0) + by);
      else put({}, before => (before ?? 0) + (first ?? 1));
    },
  };
};
