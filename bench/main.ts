import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { document, type Measured, targetsSection, withTargets } from './document.ts';
import { type FreshnessOptions, pollFreshness, sweepFreshness } from './freshness.ts';
import { measureGlueClient } from './glue-client.ts';
import { latencyPlot } from './report.ts';
import { measureSize, type SizeResult } from './size.ts';
import { measureTargets } from './targets.ts';
import { measureThrottling } from './throttling.ts';

const HELP = `npm run bench [-- options]: what scrapes, polls and memory cost, side by side with others on this machine.

  --jobs=100,1000,10000   Sizes of the accounts.
  --hours=1               The part of an hour's polls and scrapes to live through before memory is looked at.
  --targets               Measure 150 targets alone, for a few minutes; prints their section, --write puts it into the docs.
  --write                 Write docs/performance.md and its plot; else the report is only printed.
  --help                  Print this.

It takes about three quarters of an hour with all sizes, and wants the machine for itself.
`;

const docs = (file: string): string => fileURLToPath(new URL(`../docs/${file}`, import.meta.url));

/** Accounts and budgets of which the freshness is told. */
const JOBS = [500, 1_000, 2_500, 5_000, 10_000];
const RATES = [5, 10, 20, 50];
const TARGETS_SECONDS = 60;
const COMPARED: FreshnessOptions = { jobs: 5_000, requestsPerSecond: 10, hours: 24, seed: 1 };

/** Runs the benchmarks; the exit code. */
export const main = async (args: readonly string[], print: (text: string) => void): Promise<number> => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      jobs: { type: 'string', default: '100,1000,10000' },
      hours: { type: 'string', default: '1' },
      targets: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    print(HELP);
    return 0;
  }
  const tell = (what: string): void => print(`${new Date().toISOString()} ${what}\n`);
  if (values.targets) {
    const section = targetsSection(await measureTargets(TARGETS_SECONDS, tell));
    print(`\n${section}`);
    if (values.write) {
      const file = docs('performance.md');
      await writeFile(file, withTargets(await readFile(file, 'utf8'), section));
    }
    return 0;
  }
  const sizes: SizeResult[] = [];
  for (const jobs of values.jobs.split(',').map(Number)) {
    sizes.push(await measureSize({ jobs, hours: Number(values.hours), scrapes: 300, tell }));
  }
  tell('targets');
  const targets = await measureTargets(TARGETS_SECONDS, tell);
  tell('calls');
  const calls = await measureGlueClient();
  tell('throttling');
  const throttling = await measureThrottling();
  tell('freshness');
  const ours = await pollFreshness(COMPARED);
  const sweep = sweepFreshness(COMPARED);
  const expected: Measured['expected'][number][] = [];
  for (const jobs of JOBS) {
    for (const requestsPerSecond of RATES) {
      expected.push({
        jobs,
        requestsPerSecond,
        freshness: await pollFreshness({ jobs, requestsPerSecond, hours: 1, seed: 2 }),
      });
    }
  }
  const machine = `Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'})`;
  const report = document({
    machine,
    sizes,
    targets,
    calls,
    throttling,
    compared: { ...COMPARED, ours, sweep },
    expected,
  });
  print(`\n${report}`);
  if (values.write) {
    await writeFile(docs('performance.md'), report);
    await writeFile(docs('performance.svg'), latencyPlot(sizes));
  }
  return 0;
};
