import { expect, it } from 'vitest';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import { eventually, startDaemon } from '../daemon.ts';
import { samplesOf } from '../exposition-parser.ts';
import { NOON, runsEvery10s, simulate, stageClock } from './account.ts';

const ACCOUNTS = Array.from({ length: 25 }, (_, index) => `${200_000_000_000 + index}`);
const REGIONS = ['eu-west-1', 'us-east-1'];
const DENIED = '200000000003';
const HANGING = '200000000017';

const worlds = ACCOUNTS.flatMap(accountId =>
  REGIONS.map(region =>
    scriptedWorld({ accountId, region, jobs: { orders: runsEvery10s, sales: runsEvery10s }, externalId: 'example' }),
  ),
);

// It takes 8 s; the rest is for machines that do much else.
it('fifty targets from a config of a few lines are told truly, and two accounts that fail are nobody else’s problem', async () => {
  const clock = stageClock();
  const simulator = await simulate(worlds, { clock: clock.now });
  const daemon = await startDaemon({
    config: `
defaults:
  role_arn: arn:aws:iam::{account_id}:role/glue-exporter
  external_id: example
  regions: [${REGIONS}]
  endpoint: ${simulator.endpoint}
  sts_endpoint: ${simulator.endpoint}
  labels: { team: data }
targets:
  - account_ids: [${ACCOUNTS.map(id => `"${id}"`)}]
collectors: [jobs]
poll: { interval: 2s }
aws: { request_timeout: 3s, max_attempts: 1 }
`,
  });

  /** The counters of both jobs of each target, by account, and which targets are up. */
  const told = async () => {
    const exposition = await daemon.scrape();
    const counts = new Map<string, number[]>();
    for (const { labels, value } of samplesOf(exposition, 'aws_glue_job_runs_total', { state: 'SUCCEEDED' })) {
      expect(labels.team).toBe('data');
      counts.set(`${labels.aws_account_id}`, [...(counts.get(`${labels.aws_account_id}`) ?? []), value]);
    }
    const up = samplesOf(exposition, 'aws_glue_exporter_target_up');
    return {
      counts: Object.fromEntries([...counts].sort()),
      down: up.flatMap(({ labels, value }) => (value === 0 ? [`${labels.aws_account_id}`] : [])).sort(),
      targets: up.length,
    };
  };
  /** Waits until exactly this is told, in one scrape; the last scrape says what is wrong. */
  const untilTold = async (ended: number, failing: readonly string[], endedOfFailing: number) => {
    const expected = {
      counts: Object.fromEntries(
        ACCOUNTS.map(account => [account, Array(4).fill(failing.includes(account) ? endedOfFailing : ended)]),
      ),
      down: failing.flatMap(account => REGIONS.map(() => account)),
      targets: 50,
    };
    let last: unknown;
    await eventually(`${ended} runs`, async () => {
      last = await told();
      return JSON.stringify(last) === JSON.stringify(expected) ? true : undefined;
    }).catch(() => expect(last).toEqual(expected));
  };

  await daemon.ready();
  await untilTold(0, [], 0);
  expect(simulator.requests.get('AssumeRole')).toBeGreaterThanOrEqual(50);

  simulator.setFaults([
    { kind: 'access_denied', rate: 1, account: DENIED },
    { kind: 'stall', rate: 1, account: HANGING },
  ]);
  clock.set(NOON + 35);
  await untilTold(3, [DENIED, HANGING], 0);
  clock.set(NOON + 55);
  await untilTold(5, [DENIED, HANGING], 0);

  simulator.setFaults([]);
  await untilTold(5, [], 0);

  const shown = `${(await daemon.get('/config')).body}`;
  expect(shown.match(/^ {2}- region:/gm)).toHaveLength(50);
  expect(shown).toContain(`role_arn: arn:aws:iam::${HANGING}:role/glue-exporter`);
  expect(shown).not.toContain('external_id: example');

  // Another label for one account: the others go on undisturbed.
  daemon.rewrite(shown.replaceAll('<secret>', 'example').replace('team: data', 'team: other'));
  daemon.signal('SIGHUP');
  const reloaded = await daemon.log('the reload', line => (line.msg === 'Configuration reloaded' ? line : undefined));
  expect(reloaded).toMatchObject({ targets: '50', changed: '1', removed: '1' });
}, 120_000);
