/** Draws the next number, at least 0 and below 1. */
export type Random = () => number;

/** Two ends, both included or not as the user says. */
export type Range = readonly [least: number, most: number];

/** A well mixed 32-bit hash (FNV-1a with an avalanche at the end), the same on every machine. */
export const hashText = (text: string, basis = 0x811c9dc5): number => {
  let hash = basis;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
};

/** The small fast counting generator by Chris Doty-Humphrey (sfc32). */
const generator = (seedA: number, seedB: number, seedC: number): Random => {
  let a = seedA | 0;
  let b = seedB | 0;
  let c = seedC | 0;
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 4_294_967_296;
  };
  for (let round = 0; round < 12; round += 1) next();
  return next;
};

/**
 * One independent stream of random numbers per index. The text is hashed once, so that run number i of a plan can be made
 * at any time, in any order and without its neighbours.
 */
export const randomStreams = (seed: string): ((index: number) => Random) => {
  const a = hashText(seed);
  const b = hashText(seed, 0x01234567);
  return index => generator(a, b, index);
};

/** A number in the range, its upper end excluded. */
export const between = (random: Random, [least, most]: Range): number => least + random() * (most - least);

/** Like {@link between}, but every order of magnitude is as likely as the next. */
export const betweenByMagnitude = (random: Random, [least, most]: Range): number => least * (most / least) ** random();

/** A whole number in the range, both ends included. */
export const wholeBetween = (random: Random, [least, most]: Range): number =>
  least + Math.floor(random() * (most - least + 1));

/** One of the given things; they must not be empty. */
export const pick = <const T>(random: Random, things: readonly [T, ...T[]]): T =>
  things[Math.floor(random() * things.length)] ?? things[0];

/** One of the keys, as likely as its weight. The first key is the answer when all weights are 0. */
export const pickWeighted = <K extends string>(
  random: Random,
  weights: readonly (readonly [K, number])[],
  first: K,
): K => {
  let left = random() * weights.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [key, weight] of weights) {
    if (left < weight) return key;
    left -= weight;
  }
  return first;
};

const hexBytes = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** 64 hexadecimal digits, as in the ids of Glue's runs. Made for every run that is looked at, so by table. */
export const hexId = (random: Random): string => {
  let id = '';
  for (let word = 0; word < 8; word += 1) {
    const bits = random() * 4_294_967_296;
    id += hexBytes[(bits >>> 24) & 255];
    id += hexBytes[(bits >>> 16) & 255];
    id += hexBytes[(bits >>> 8) & 255];
    id += hexBytes[bits & 255];
  }
  return id;
};
