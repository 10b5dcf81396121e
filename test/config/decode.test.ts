import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeUtf8 } from '../../src/config/decode.ts';
import { ConfigError } from '../../src/config/load.ts';
import { readConfig } from '../../src/config/read.ts';
import { knownNames } from '../../src/exporter/known-names.ts';
import { readWebConfig } from '../../src/web/followed-web-config.ts';
import { temporaryFolder } from '../daemon.ts';

/** What is said of a file with these bytes. */
const messagesOf = (bytes: Buffer) => {
  const file = join(temporaryFolder(), 'config.yaml');
  writeFileSync(file, bytes);
  const said = [() => readConfig(file, knownNames), () => readWebConfig(file)].map(read => {
    try {
      read();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return error.message.replace(file, 'config.yaml');
    }
    return undefined;
  });
  return said;
};
const twice = (message: string) => [message, message];

describe('a file that is not UTF-8', () => {
  it('is refused with the line and the first such byte, whatever is around it', () => {
    const latin1 = Buffer.from('# Datenflüsse\nlabels: { team: Dürr }\n', 'latin1');
    expect(messagesOf(latin1)).toEqual(twice('config.yaml:1: is not UTF-8 at byte 9; save it as UTF-8'));
    const later = Buffer.concat([Buffer.from('# für €\n#'), latin1.subarray(9)]);
    expect(messagesOf(later)).toEqual(twice('config.yaml:2: is not UTF-8 at byte 12; save it as UTF-8'));
  });

  it('is refused in UTF-16, as some editors save it', () => {
    const utf16 = Buffer.from('\ufeffpoll: {}\n', 'utf16le');
    expect(messagesOf(utf16)).toEqual(twice('config.yaml:1: is not UTF-8 at byte 0; save it as UTF-8'));
  });

  it.each([
    ['a character that ends too soon', [0x23, 0xe2, 0x82]],
    ['a longer form than is needed', [0x23, 0xc0, 0xaf]],
    ['half of a pair', [0x23, 0xed, 0xa0, 0x80]],
  ])('is refused for %s', (_, bytes) => {
    expect(messagesOf(Buffer.from(bytes))).toEqual(twice('config.yaml:1: is not UTF-8 at byte 1; save it as UTF-8'));
  });

  it('is not one that has the replacement character in it', () => {
    expect(decodeUtf8(Buffer.from('# \ufffd für €, \u{1f600}\n'))).toBe('# \ufffd für €, \u{1f600}\n');
  });
});
