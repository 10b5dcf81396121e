import { faultKinds } from '../../src/simulator/faults.ts';
import { cycles, growth, type Holding } from './cycles.ts';
import { OptionsError, parseOptions, type Task, USAGE } from './options.ts';
import { type SoakResult, soak } from './soak.ts';

const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(0)}MB`;

const MOST_LINES = 30;

const WARM_UP_POLLS = 50;
const RELOADS = 100;

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

const printAll = (title: string, lines: readonly string[]): void => {
  for (const line of lines.slice(0, MOST_LINES)) print(`${title}: ${line}`);
  if (lines.length > MOST_LINES) print(`${title}: and ${lines.length - MOST_LINES} more`);
};

const oneLine = (task: Task & { readonly kind: 'soak' }, result: SoakResult, seconds: number): string =>
  [
    `seed=${task.seed}`,
    `hours=${task.hours}`,
    `speed=${task.speed}`,
    `runs=${result.runs}`,
    `kills=${result.kills} (${result.killsInTime} at their moment)`,
    `faults=${result.faults} of ${(task.kinds ?? faultKinds).length - result.neverMet.length} kinds`,
    `differences=${result.differences.length}`,
    `scrapes=${result.scrapes}`,
    `went_back=${result.wentBack.length}`,
    `vanished=${result.vanished.length}`,
    `other_troubles=${result.others.length}`,
    `polls=${result.polls}`,
    `requests=${result.requests}`,
    `rss=${megabytes(result.rssBytesAtStart)}..${megabytes(result.rssBytesAtEnd)}`,
    `seconds=${seconds.toFixed(0)}`,
  ].join(' ');

const runSoak = async (task: Task & { readonly kind: 'soak' }): Promise<number> => {
  print(`seed=${task.seed}`);
  const startedAt = performance.now();
  const result = await soak(task);
  printAll('difference', result.differences);
  printAll('went back', result.wentBack);
  printAll('vanished', result.vanished);
  printAll('trouble', result.others);
  printAll('never met', result.neverMet);
  printAll('killed, but not at the moment', result.missedMoments);
  if (result.folder !== undefined) print(`logs and state: ${result.folder}`);
  print(oneLine(task, result, (performance.now() - startedAt) / 1000));
  const wrong = [result.differences, result.wentBack, result.vanished, result.others, result.neverMet];
  return wrong.every(found => found.length === 0) && result.kills >= task.kills ? 0 : 1;
};

const holdingText = ({ heapBytes, rssBytes, handles, timers, listeners, files }: Holding): string =>
  `heap=${(heapBytes / 1024 / 1024).toFixed(1)}MB rss=${megabytes(rssBytes)} handles=${handles} timers=${timers} listeners=${listeners} files=${files}`;

const runCycles = async (task: Task & { readonly kind: 'cycles' }): Promise<number> => {
  print(`seed=${task.seed}`);
  const { seed, cycles: between } = task;
  const result = await cycles({ seed, warmUp: WARM_UP_POLLS, cycles: between, reloads: RELOADS });
  const { first, afterCycles, afterReloads, scrapes, faults } = result;
  const grown = [...growth(first, afterCycles), ...growth(first, afterReloads)];
  printAll('has grown', grown);
  print(
    `seed=${seed} after ${WARM_UP_POLLS} polls: ${holdingText(first)}; after ${between} more: ${holdingText(afterCycles)}; after ${RELOADS} reloads: ${holdingText(afterReloads)}; scrapes=${scrapes} faults=${faults}`,
  );
  return grown.length === 0 ? 0 : 1;
};

/** Does what the command line asks for; resolves to the exit code. */
export const main = async (args: readonly string[]): Promise<number> => {
  try {
    const task = parseOptions(args);
    switch (task.kind) {
      case 'help':
        print(USAGE);
        return 0;
      case 'soak':
        return await runSoak(task);
      case 'cycles':
        return await runCycles(task);
    }
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    print(`soak: ${error.message}\n\n${USAGE}`);
    return 2;
  }
};
