import { expect, it } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { knownNames } from '../../src/exporter/known-names.ts';
import type { RunningTarget, TargetStart } from '../../src/exporter/target.ts';
import { createTargetSet } from '../../src/exporter/target-set.ts';
import { createLog } from '../../src/log.ts';
import type { TargetPoll } from '../../src/poll/target-poll.ts';

const configOf = (...regions: string[]) =>
  parseConfig(JSON.stringify({ targets: regions.map(region => ({ region })) }), 'a test', knownNames);

const poll: TargetPoll = {
  accountId: undefined,
  ended: 0,
  poll: async () => {},
  succeeded: undefined,
  settled: false,
  incomplete: false,
  overran: () => {},
  awaits: () => false,
  withdraw: () => 0,
  status: () => {
    throw new Error('nobody asks for the status');
  },
  describe: () => [],
  has: () => false,
};

/** A set of targets that cannot be created in the region xx-failing-1, and whose polls end when the test says so. */
const setUp = () => {
  const events: string[] = [];
  const starts: TargetStart[] = [];
  const endings = new Map<string, () => void>();
  const create = ({ target: { region = '' } }: { target: { region: string | undefined } }): RunningTarget => ({
    region,
    collectors: [],
    accountId: undefined,
    poll,
    seriesLabels: '',
    budgetScope: { region, accountId: undefined },
    budget: { history: { requestsPerSecond: 1, lastAt: 0, cut: undefined }, continueFrom: () => {} },
    run() {
      events.push(`run ${region}`);
      return new Promise(resolve => endings.set(region, resolve));
    },
    stuck: () => undefined,
    refreshTelemetry: () => {},
    stop: () => void events.push(`stop ${region}`),
    withdraw: () => {},
  });
  const targets = createTargetSet({
    async create(settings, start) {
      starts.push(start);
      if (settings.target.region === 'xx-failing-1') throw new Error('cannot be created');
      return create(settings);
    },
    log: createLog({ level: 'info', format: 'logfmt', write: () => {} }),
  });
  const regions = () => targets.running().map(({ region }) => region);
  return { targets, regions, events, starts, end: (region: string) => endings.get(region)?.() };
};

it('starts no target before it runs, and new ones with the next change', async () => {
  const { targets, regions, events } = setUp();
  targets.apply(await targets.prepare(configOf('eu-west-1'), 0));
  expect([regions(), events]).toEqual([['eu-west-1'], []]);
  void targets.run();
  expect(events).toEqual(['run eu-west-1']);
  targets.apply(await targets.prepare(configOf('eu-west-1', 'us-east-1'), 0));
  expect([regions(), events]).toEqual([
    ['eu-west-1', 'us-east-1'],
    ['run eu-west-1', 'run us-east-1'],
  ]);
});

it('keeps a target whose settings stay the same, and names what is added and removed', async () => {
  const { targets, starts } = setUp();
  targets.apply(await targets.prepare(configOf('eu-west-1', 'eu-west-2'), 0));
  const [kept] = targets.running();
  const change = await targets.prepare(configOf('us-east-1', 'eu-west-1'), 70);
  expect(change.all.map(({ running }) => running.region)).toEqual(['us-east-1', 'eu-west-1']);
  expect(change.all[1]?.running).toBe(kept);
  expect(change.added.map(({ running }) => running.region)).toEqual(['us-east-1']);
  expect(change.removed.map(({ running }) => running.region)).toEqual(['eu-west-2']);
  expect(starts).toEqual([
    { startedTogether: 2, countingSince: 0 },
    { startedTogether: 2, countingSince: 0 },
    { startedTogether: 1, countingSince: 70 },
  ]);
});

it('stops the new targets of a change that one of them prevents, or that is cancelled', async () => {
  const { targets, regions, events } = setUp();
  targets.apply(await targets.prepare(configOf('eu-west-1'), 0));
  const failing = configOf('us-east-1', 'xx-failing-1', 'eu-west-1');
  await expect(targets.prepare(failing, 0)).rejects.toThrow('cannot be created');
  expect(events).toEqual(['stop us-east-1']);
  targets.cancel(await targets.prepare(configOf('us-east-2', 'eu-west-1'), 0));
  expect(events).toEqual(['stop us-east-1', 'stop us-east-2']);
  expect(regions()).toEqual(['eu-west-1']);
});

it('waits for the polls of removed targets to end', async () => {
  const { targets, events, end } = setUp();
  targets.apply(await targets.prepare(configOf('eu-west-1'), 0));
  void targets.run();
  const change = await targets.prepare(configOf('us-east-1'), 0);
  let isOver = false;
  const stopped = targets.stopRemoved(change).then(() => {
    isOver = true;
  });
  await new Promise(setImmediate);
  expect([events.at(-1), isOver]).toEqual(['stop eu-west-1', false]);
  end('eu-west-1');
  await stopped;
  expect(isOver).toBe(true);
});

it('runs until it is stopped and all polls have ended, and starts nothing afterwards', async () => {
  const { targets, events, end } = setUp();
  targets.apply(await targets.prepare(configOf('eu-west-1'), 0));
  const running = targets.run();
  targets.stop();
  expect(events).toEqual(['run eu-west-1', 'stop eu-west-1']);
  end('eu-west-1');
  await running;
  targets.apply(await targets.prepare(configOf('us-east-1'), 0));
  expect(events).toEqual(['run eu-west-1', 'stop eu-west-1']);
});
