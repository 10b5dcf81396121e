import type { Chunk } from './chunk.ts';
import { FORMATS, type Format } from './format.ts';
import { type OpenMember, openMember } from './gzip.ts';
import { deflated, type Piece } from './piece.ts';

/** All Glue series at one moment. To be read before the next one takes its place; what was read does not change. */
export interface Snapshot {
  readonly series: number;
  /** In order, to be written one after the other: they are never joined. */
  plain(format: Format): readonly Buffer[];
  /** The same compressed, to which a last part can be added. Joined when it is first asked for. */
  gzip(format: Format): OpenMember;
}

/** A kind of entity: the headers of its families, and its samples by chunk. */
export interface Column {
  readonly headers: readonly Readonly<Record<Format, Piece>>[];
  readonly chunks: readonly Chunk[];
}

/** Takes a snapshot of what the chunks hold; what is pending in them is not in it. */
export const takeSnapshot = (columns: readonly Column[], series: number): Snapshot => {
  const pieces = new Map(FORMATS.map(format => [format, columns.flatMap(column => piecesOf(column, format))]));
  const members = new Map<Format, OpenMember>();
  return {
    series,
    plain: format =>
      (pieces.get(format) ?? []).map(piece => {
        piece.isLent = true;
        return piece.bytes;
      }),
    gzip(format) {
      const member = members.get(format) ?? openMember((pieces.get(format) ?? []).map(deflated));
      members.set(format, member);
      return member;
    },
  };
};

/** A family without a sample is left out, its header included. */
const piecesOf = ({ headers, chunks }: Column, format: Format): readonly Piece[] => {
  const pieces: Piece[] = [];
  headers.forEach((header, family) => {
    const before = pieces.length;
    for (const { rows } of chunks) {
      const row = rows[family];
      const piece = format === 'text' ? row?.text : row?.openmetrics;
      if (piece === undefined || piece.bytes.length === 0) continue;
      if (pieces.length === before) pieces.push(header[format]);
      pieces.push(piece);
    }
  });
  return pieces;
};
