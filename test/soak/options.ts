import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { type FaultKind, faultKinds } from '../../src/simulator/faults.ts';

export const USAGE = `Lets the built exporter live through a simulated day of faults and kills, and holds its counters against the truth.

Usage: npm run soak -- [options]

  --seed=SEED     What is decided, from the runs to the kills, follows from it. Default: any; it is printed first.
  --hours=NUMBER  Simulated hours. Default 24.
  --kills=NUMBER  How often the exporter is killed with SIGKILL. Default 40.
  --speed=NUMBER  Simulated seconds per second, at most 400. Default 300: a day takes five minutes.
  --faults=KINDS  Only these kinds of faults, as a list with commas.
  --cycles=NUMBER Instead of the day: so many polls, then 100 reloads, and whether anything grows meanwhile.
  --help          Print this and exit.

Exit code: 0 when all is right, 1 when it is not, 2 when an option is wrong.
`;

/**
 * A late answer brings the time of AWS's clock when it was asked for: that must not look like a clock that is off by more than
 * the five minutes that the exporter forgives, as it never does in real time.
 */
const FASTEST = 400;

export type Task =
  | { readonly kind: 'help' }
  | {
      readonly kind: 'soak';
      readonly seed: string;
      readonly hours: number;
      readonly kills: number;
      readonly speed: number;
      readonly kinds?: readonly FaultKind[];
    }
  | { readonly kind: 'cycles'; readonly seed: string; readonly cycles: number };

/** A command line that cannot be understood. */
export class OptionsError extends Error {
  override readonly name = 'OptionsError';
}

const numberFrom = (name: string, text: string, least: number, most: number): number => {
  const number = Number(text);
  if (text.trim() !== '' && number >= least && number <= most) return number;
  throw new OptionsError(`--${name} must be a number from ${least} to ${most}`);
};

const faultKindFrom = (text: string): FaultKind => {
  const kind = faultKinds.find(known => known === text);
  if (kind !== undefined) return kind;
  throw new OptionsError(`--faults: unknown kind ${text}; allowed kinds are ${faultKinds.join(', ')}`);
};

export const parseOptions = (args: readonly string[]): Task => {
  const text = { type: 'string' } as const;
  const options = {
    seed: text,
    hours: text,
    kills: text,
    speed: text,
    faults: text,
    cycles: text,
    help: { type: 'boolean' },
  } as const;
  const parse = () => parseArgs({ args: [...args], options, allowPositionals: false }).values;
  let values: ReturnType<typeof parse>;
  try {
    values = parse();
  } catch (error) {
    throw new OptionsError(error instanceof Error ? error.message : `${error}`);
  }
  const {
    seed = `${randomInt(1_000_000_000)}`,
    hours = '24',
    kills = '40',
    speed = '300',
    faults,
    cycles,
    help,
  } = values;
  if (help) return { kind: 'help' };
  if (cycles !== undefined)
    return { kind: 'cycles', seed, cycles: Math.floor(numberFrom('cycles', cycles, 10, 100_000)) };
  return {
    kind: 'soak',
    seed,
    hours: numberFrom('hours', hours, 0.1, 24 * 30),
    kills: Math.floor(numberFrom('kills', kills, 1, 10_000)),
    speed: numberFrom('speed', speed, 1, FASTEST),
    ...(faults === undefined ? {} : { kinds: faults.split(',').map(faultKindFrom) }),
  };
};
