import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import type { JsonObject } from '../../src/simulator/world.ts';
import { type Daemon, startDaemon, temporaryFolder } from '../daemon.ts';
import { configFor, NOON, place, simulate, stageClock } from './account.ts';

/** The page compares AWS's times with the machine's own clock, and has what failed in the last day. */
const now = Math.floor(Date.now() / 1000);

const ran = (id: string, agoSeconds: number, state: string, ErrorMessage?: string): JsonObject => ({
  Id: `jr_${id}`,
  JobRunState: state,
  StartedOn: now - agoSeconds,
  CompletedOn: now - agoSeconds + 30,
  ExecutionTime: 30,
  Arguments: { '--table': 'argument-that-is-not-kept' },
  ErrorMessage,
});

const jobs = {
  'etl-orders': [
    { ...ran('running', 250, 'RUNNING'), CompletedOn: undefined },
    ran('failed', 300, 'FAILED', "KeyError: 'customer_id'\n  at line 5"),
    ran('older', 90_000, 'FAILED', 'too old to be news'),
    ...Array.from({ length: 18 }, (_, index) => ran(`fine-${index}`, 100_000 + 1_000 * index, 'SUCCEEDED')),
  ],
  'etl-quiet': [ran('quiet', 500, 'SUCCEEDED')],
};
const workflows = {
  daily: [
    {
      WorkflowRunId: 'wr_1',
      Status: 'COMPLETED',
      StartedOn: now - 400,
      CompletedOn: now - 350,
      Statistics: { TotalActions: 5, SucceededActions: 2, FailedActions: 3 },
    },
  ],
};

const account = () => simulate([scriptedWorld({ ...place, jobs, workflows })], { clock: () => now });

const textOf = async (daemon: Daemon, query = ''): Promise<string> =>
  `${(await daemon.get(`/${query}`)).body}`
    .replace(/<style>[\s\S]*<\/style>/, '')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&#39;', "'")
    .replace(/\s+/g, ' ');

describe('the status page of the exporter', () => {
  it('shows what failed and why, what is active, and the last runs of everything, and again after a restart', async () => {
    const simulator = await account();
    const config = configFor(simulator, { state: { path: join(temporaryFolder(), 'state') } });
    for (const start of ['first', 'second']) {
      const daemon = await startDaemon({ config });
      await daemon.ready();
      const text = await textOf(daemon);
      expect(text, start).toContain('Failed in the last day (2)');
      expect(text, start).toMatch(
        /etl-orders KeyError: 'customer_id' at line 5 jr_failed FAILED [^ ]+ [^ ]+ UTC \d+m( \d+s)? ago /,
      );
      expect(text, start).toMatch(/daily .{0,40} wr_1 COMPLETED /);
      expect(text, start).toContain('Active runs (1, 1 slow)');
      expect(text, start).toMatch(/RUNNING .{0,60} ago slow: 30s jr_running/);
      expect(text, start).toContain(`daily workflow F 0 of 1 COMPLETED`);
      expect(text, start).toContain(`etl-orders job ${'✓ '.repeat(17)}F F R 17 of 19 RUNNING`);
      expect(text, start).not.toMatch(/too old to be news|argument-that-is-not-kept/);
      expect(await textOf(daemon, '?q=quiet')).toContain('Jobs and workflows (1)');
      const page = `${(await daemon.get('/')).body}`;
      expect(page).toContain(
        'href="https://eu-west-1.console.aws.amazon.com/gluestudio/home?region=eu-west-1#/job/etl-orders/run/jr_failed"',
      );
      expect(page).toContain('#/v2/etl-configuration/workflows/view/daily"');
      const { stderr } = await daemon.stop();
      // History is no news.
      expect(stderr).not.toContain('Run failed');
    }
  });

  it('tells a failure in the log when it is counted, once, and that of a run which failed meanwhile', async () => {
    const clock = stageClock(NOON);
    const failing = (at: number): JsonObject[] =>
      [60, 120, 180]
        .filter(after => NOON + after <= at)
        .map(after => ({
          Id: `jr_${after}`,
          JobRunState: after === 120 ? 'SUCCEEDED' : 'FAILED',
          StartedOn: NOON + after - 5,
          CompletedOn: NOON + after,
          ErrorMessage: after === 120 ? undefined : `it broke\nat ${after}, token=hunter2`,
        }))
        .reverse();
    const simulator = await simulate([scriptedWorld({ ...place, jobs: { etl: failing } })], { clock: clock.now });
    const config = configFor(simulator, { state: { path: join(temporaryFolder(), 'state') } });
    const failures = ({ logged }: Daemon) => logged().filter(({ msg }) => msg === 'Run failed');

    const daemon = await startDaemon({ config });
    await daemon.ready();
    clock.set(NOON + 130);
    await daemon.poll();
    await daemon.poll();
    expect(failures(daemon)).toMatchObject([
      {
        level: 'WARN',
        collector: 'jobs',
        name: 'etl',
        run: 'jr_60',
        state: 'FAILED',
        error: 'it broke at 60, token=***',
      },
    ]);
    await daemon.stop();
    clock.set(NOON + 200);
    const next = await startDaemon({ config });
    await next.ready();
    expect(failures(next)).toMatchObject([{ run: 'jr_180', error: 'it broke at 180, token=***' }]);
  });

  it('says of a shard that it is one', async () => {
    const simulator = await account();
    const daemon = await startDaemon({ config: configFor(simulator), args: ['--shard=1/2'] });
    expect(await textOf(daemon)).toContain('This exporter is shard 1/2');
  });

  it('does not show what a reload has taken away', async () => {
    const simulator = await account();
    const daemon = await startDaemon({ config: configFor(simulator), args: ['--web.enable-lifecycle'] });
    await daemon.ready();
    expect(await textOf(daemon)).toContain('KeyError');
    daemon.rewrite({ ...configFor(simulator), collectors: ['workflows'] });
    expect((await daemon.reload()).status).toBe(200);
    const text = await textOf(daemon);
    expect(text).not.toMatch(/KeyError|etl-orders|jobs?\b/i);
    expect(text).toMatch(/Workflows \(\d\)/);
  });
});
