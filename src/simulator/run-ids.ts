import { hashText, hexId, type Random } from './random.ts';

const HEAD_DIGITS = 56;

const tailOf = (head: string, index: number): string => ((index ^ hashText(head)) >>> 0).toString(16).padStart(8, '0');

/** 64 hexadecimal digits that look random and hide a run's number in their last eight, so that the run is found by its id. */
export const numberedId = (random: Random, index: number): string => {
  const head = hexId(random).slice(0, HEAD_DIGITS);
  return `${head}${tailOf(head, index)}`;
};

/** The number in an id with such digits, whatever stands around them; undefined when there are none. */
export const numberOfId = (id: string): number | undefined => {
  const [digits] = /[0-9a-f]{64}/.exec(id) ?? [];
  if (digits === undefined) return undefined;
  return Number.parseInt(digits.slice(HEAD_DIGITS), 16) ^ hashText(digits.slice(0, HEAD_DIGITS));
};
