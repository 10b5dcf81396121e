import { runAtOnce, type Yielding } from '../yield.ts';
import type { Chunk } from './chunk.ts';
import { FORMATS, type Format } from './format.ts';
import { joinParts, type OpenMember } from './gzip.ts';
import { deflated, type Piece } from './piece.ts';

/** All Glue series at one moment. To be read before the next one takes its place; what was read does not change. */
export interface Snapshot {
  readonly series: number;
  /** In order, to be written one after the other: they are never joined. */
  plain(format: Format): readonly Buffer[];
  /** The same compressed, to which a last part can be added; joined now unless it was prepared. */
  gzip(format: Format): OpenMember;
  /** Joins it in steps. */
  prepareGzip(format: Format): Yielding<OpenMember>;
}

/** A kind of entity: the headers of its families, and its samples by chunk. */
export interface Column {
  readonly headers: readonly Readonly<Record<Format, Piece>>[];
  readonly chunks: readonly Chunk[];
}

/** Takes a snapshot of what the chunks hold, in steps in which that must not change; what is pending in them is not in it. */
export function* takeSnapshot(columns: readonly Column[], series: number): Yielding<Snapshot> {
  const pieces: Record<Format, Piece[]> = { text: [], openmetrics: [] };
  for (const format of FORMATS) for (const column of columns) yield* collectPieces(column, format, pieces[format]);
  const members = new Map<Format, OpenMember>();
  const snapshot: Snapshot = {
    series,
    plain: format =>
      pieces[format].map(piece => {
        piece.isLent = true;
        return piece.bytes;
      }),
    gzip: format => members.get(format) ?? runAtOnce(snapshot.prepareGzip(format)),
    *prepareGzip(format) {
      const member = yield* joinParts(pieces[format].map(deflated));
      members.set(format, member);
      return member;
    },
  };
  return snapshot;
}

/** A family without a sample is left out, its header included. */
function* collectPieces({ headers, chunks }: Column, format: Format, pieces: Piece[]): Yielding<void> {
  for (const [family, header] of headers.entries()) {
    const before = pieces.length;
    for (const { rows } of chunks) {
      const row = rows[family];
      const piece = format === 'text' ? row?.text : row?.openmetrics;
      if (piece === undefined || piece.bytes.length === 0) continue;
      if (pieces.length === before) pieces.push(header[format]);
      pieces.push(piece);
    }
    yield;
  }
}
