import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import { crc32, gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crcShift, joinCrc } from '../../src/metrics/crc32.ts';
import { closeMember, deflateLastPart, deflatePart, joinParts, storePart } from '../../src/metrics/gzip.ts';
import { runAtOnce } from '../../src/yield.ts';
import { describeWith, tool } from '../tools.ts';

const zip = async (parts: readonly Buffer[], last: Buffer): Promise<Buffer> => {
  const open = runAtOnce(joinParts(parts.map(deflatePart)));
  return Buffer.concat([open.bytes, ...closeMember(open, await deflateLastPart(last))]);
};

/** Bytes that compress well, and others. */
const bytes = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 3_000 }).map(array => Buffer.from(array)),
  fc
    .tuple(fc.string({ minLength: 1 }), fc.integer({ min: 1, max: 2_000 }))
    .map(([text, times]) => Buffer.from(text.repeat(times))),
);

const noise = (length: number): Buffer => {
  const buffer = Buffer.alloc(length);
  for (let at = 0, seed = 1; at < length; at += 1) {
    seed = (seed * 48_271) % 2_147_483_647;
    buffer[at] = seed;
  }
  return buffer;
};

const parts = Array.from({ length: 50 }, (_, index) =>
  Buffer.from(`a_metric{name="${index}"} ${index}\n`.repeat(index + 1)),
);
const last = Buffer.from('the_last 1\n');
const plain = Buffer.concat([...parts, last]);

describe('the CRC of joined parts', () => {
  test('is that of the whole', () => {
    fc.assert(
      fc.property(bytes, bytes, (first, second) => {
        const joined = joinCrc(crc32(first), crc32(second), crcShift(second.length));
        expect(joined).toBe(crc32(Buffer.concat([first, second])));
      }),
    );
  });

  test('is that of the whole when the second part is long, or empty', () => {
    const first = Buffer.from('first');
    for (const length of [0, 1, 65_535, 65_536, 20_000_003]) {
      const second = Buffer.alloc(length, 'second');
      expect(joinCrc(crc32(first), crc32(second), crcShift(length))).toBe(crc32(second, crc32(first)));
    }
  });
});

describe('parts that were compressed each for itself', () => {
  test('are one gzip member, whatever they hold', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(bytes, { maxLength: 20 }),
        fc.oneof(bytes, fc.constant(Buffer.alloc(0))),
        async (all, end) => {
          const zipped = await zip(all, end);
          expect(gunzipSync(zipped).equals(Buffer.concat([...all, end]))).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });

  test.each([4_095, 4_096, 4_097, 8_192, 63_999, 64_000, 300_000])(
    'may be %i bytes that do not get smaller',
    async length => {
      const body = noise(length);
      expect(gunzipSync(await zip([body, last, body], body)).equals(Buffer.concat([body, last, body, body]))).toBe(
        true,
      );
    },
  );

  test('can have parts between them that were not compressed, also long ones', async () => {
    const stored = [last, noise(65_535), noise(65_536), noise(200_000), Buffer.from('x')];
    const all = stored.flatMap(part => [deflatePart(last), storePart(part)]);
    const open = runAtOnce(joinParts(all));
    const zipped = Buffer.concat([open.bytes, ...closeMember(open, await deflateLastPart(last))]);
    const plain = Buffer.concat([...stored.flatMap(part => [last, part]), last]);
    expect(gunzipSync(zipped).equals(plain)).toBe(true);
  });

  test('are joined in steps when they are many, and come to the same', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => deflatePart(Buffer.from(`a_metric ${index}\n`)));
    const work = joinParts(many);
    for (let step = 0; step < 10; step += 1) expect(work.next().done).toBe(false);
    const plain = many.map((_, index) => `a_metric ${index}\n`).join('');
    expect(runAtOnce(work)).toMatchObject({ crc: crc32(plain), plainBytes: plain.length });
  });

  test('keep nothing alive but themselves', () => {
    for (const part of [Buffer.from('short'), noise(10_000)]) {
      const { bytes: compressed } = deflatePart(part);
      expect(compressed.buffer.byteLength).toBe(compressed.length);
    }
  });
});

describeWith(tool('gzip'), 'gzip', program => {
  test('takes it for a whole file', async () => {
    const input = await zip(parts, last);
    expect(spawnSync(program, ['-t'], { input }).status).toBe(0);
    expect(execFileSync(program, ['-dc'], { input }).equals(plain)).toBe(true);
    input.writeUInt32LE((input.readUInt32LE(input.length - 8) ^ 1) >>> 0, input.length - 8);
    expect(spawnSync(program, ['-t'], { input }).status, 'a wrong CRC').not.toBe(0);
  });
});

describeWith(tool('curl'), 'curl', program => {
  test('reads it to its end', async () => {
    const body = await zip(parts, last);
    const server = createServer((_request, response) => response.setHeader('Content-Encoding', 'gzip').end(body));
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const curl = spawn(program, ['-s', '--compressed', `http://127.0.0.1:${port}/`]);
    const chunks: Buffer[] = [];
    for await (const chunk of curl.stdout) chunks.push(chunk);
    server.close();
    expect(Buffer.concat(chunks).equals(plain)).toBe(true);
  });
});
