/*
 * CRC-32 of joined bytes from the CRCs of the parts: polynomials over GF(2), bits reversed, modulo the one of gzip. After Mark
 * Adler's crc32_combine in zlib.
 */

const POLYNOMIAL = 0xedb88320;
const HIGHEST_BIT = 1 << 31;

const multiply = (a: number, b: number): number => {
  let product = 0;
  let shifted = b | 0;
  for (let bit = HIGHEST_BIT; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= shifted;
    shifted = (shifted & 1) === 0 ? shifted >>> 1 : (shifted >>> 1) ^ POLYNOMIAL;
  }
  return product >>> 0;
};

/** x to the power of 2 to the n. */
const POWERS: readonly number[] = Array.from({ length: 32 }).reduce<number[]>(
  powers => [...powers, multiply(powers.at(-1) ?? 0, powers.at(-1) ?? 0)],
  [1 << 30],
);

/** What a CRC is multiplied with when so many bytes follow. It depends on nothing but their number: keep it with them. */
export const crcShift = (bytes: number): number => {
  let shift = HIGHEST_BIT >>> 0;
  // The third power stands for a whole byte.
  for (let rest = bytes, power = 3; rest > 0; rest = Math.floor(rest / 2), power += 1) {
    if (rest % 2 === 1) shift = multiply(POWERS[power % 32] ?? 0, shift);
  }
  return shift;
};

/** The CRC of two parts joined; `shift` is that of the second part's length. */
export const joinCrc = (first: number, second: number, shift: number): number =>
  (multiply(shift, first) ^ second) >>> 0;
