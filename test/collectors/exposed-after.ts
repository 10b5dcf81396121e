import { afterEach, expect } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { createExporter, type Exporter } from '../../src/exporter/exporter.ts';
import { knownNames } from '../../src/exporter/known-names.ts';
import { createLog } from '../../src/log.ts';
import type { Format } from '../../src/metrics/format.ts';
import { scrapeWhole } from '../../src/metrics/scrapes.ts';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { entitiesOf, type World } from '../../src/simulator/world.ts';
import { collectorsInUse } from '../truth/index.ts';

/** Where the scripted worlds of golden files are. */
export const account = { accountId: '111122223333', region: 'eu-west-1' };

/** When they are polled first, epoch seconds. */
export const T0 = 1_600_000_000;
/** By then AWS has said all that it may add to runs; a jump of its clock is followed after three answers. */
export const LATER = Array<number>(4).fill(T0 + 1_500);

const log = createLog({ level: 'error', format: 'logfmt', write: () => {} });

let simulator: Simulator | undefined;
afterEach(() => simulator?.close());

/** The default collectors and those of the world: the series of an account are there without any run, and else in each golden file. */
const collectorsOf = (world: World): readonly string[] => {
  const inWorld = Object.keys(world.entities).filter(kind => entitiesOf(world, kind).length > 0);
  return [...new Set([...collectorsInUse.map(({ name }) => name), ...inWorld])];
};

/** An exporter with the collectors of a world that has polled it at each of the given times. */
export const polledAt = async (world: World, times: readonly number[]): Promise<Exporter> => {
  let now = times[0] ?? 0;
  simulator = await startSimulator({ worlds: [world], clock: () => now });
  const config = parseConfig(
    `targets: [{ region: eu-west-1, endpoint: "${simulator.endpoint}", sts_endpoint: "${simulator.endpoint}", labels: { team: data } }]\n` +
      'aws: { requests_per_second: 1000 }\npoll: { discovery_interval: 1h }\n' +
      `collectors: [${collectorsOf(world)}]`,
    'golden',
    knownNames,
  );
  const exporter = await createExporter(config, {
    log,
    version: 'test',
    nodeVersion: 'test',
    configFile: 'golden',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  for (const time of times) {
    now = time;
    expect(await exporter.pollOnce()).toBe(true);
  }
  exporter.stop();
  return exporter;
};

/** What an exporter exposes, its own metrics included. */
export const scrape = async (exporter: Exporter, format: Format): Promise<string> =>
  Buffer.concat(await scrapeWhole(exporter.metrics, { format, gzip: false })).toString();

/** The Glue series of an account after a poll at each of the given times. */
export const exposedAfter = async (world: World, times: readonly number[]): Promise<string> => {
  const text = await scrape(await polledAt(world, times), 'text');
  const families = text.split(/^(?=# HELP )/m);
  return families.filter(family => /^# HELP aws_glue_(?!exporter_)/.test(family)).join('');
};
