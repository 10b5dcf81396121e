/** What is not UTF-8, and where. */
export class NotUtf8 extends Error {
  /** 1-based. */
  readonly line: number;

  constructor(line: number, offset: number) {
    super(`is not UTF-8 at byte ${offset}; save it as UTF-8`);
    this.name = 'NotUtf8';
    this.line = line;
  }
}

const REPLACEMENT = '\uFFFD';
const REPLACEMENT_BYTES = Buffer.from(REPLACEMENT);

/** The text of a file. Throws NotUtf8 with the first byte, counted from 0, that is none: decoding would silently replace it. */
export const decodeUtf8 = (bytes: Buffer): string => {
  const text = bytes.toString('utf8');
  let offset = 0;
  let line = 1;
  for (const character of text) {
    const length = Buffer.byteLength(character);
    if (character === REPLACEMENT && !bytes.subarray(offset, offset + length).equals(REPLACEMENT_BYTES)) {
      throw new NotUtf8(line, offset);
    }
    if (character === '\n') line += 1;
    offset += length;
  }
  return text;
};
