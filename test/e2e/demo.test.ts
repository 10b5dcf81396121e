import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type Daemon, eventually, run, startDaemon } from '../daemon.ts';
import { samplesOf } from '../exposition-parser.ts';

const JOB_STATES = 'STARTING RUNNING STOPPING WAITING STOPPED SUCCEEDED FAILED TIMEOUT ERROR EXPIRED'.split(' ');
const WORKFLOW_STATUSES = 'RUNNING COMPLETED STOPPING STOPPED ERROR'.split(' ');

/** The demo takes no longer than this to show everything. */
const PROMISED_MS = 15_000;

const startDemo = async (): Promise<Daemon & { readonly welcome: string }> => {
  const demo = await startDaemon({ args: ['demo'] });
  const welcome = await eventually('the welcome', () =>
    demo.written.stdout.includes('Ctrl-C') ? demo.written.stdout : undefined,
  );
  return { ...demo, welcome };
};

/** The states that are some newest run's. */
const shownStates = async ({ scrape }: Daemon, family: string, label: string): Promise<readonly string[]> => {
  const holding = samplesOf(await scrape(), family).filter(({ value }) => value === 1);
  return [...new Set(holding.map(({ labels }) => labels[label] ?? ''))].sort();
};

const isOpen = async (port: number): Promise<boolean> => {
  const socket = connect(port, '127.0.0.1');
  const opened = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return opened;
};

const portsIn = (text: string): readonly number[] => [
  ...new Set([...text.matchAll(/http:\/\/[\w.]+:(\d+)/g)].map(([, port]) => Number(port))),
];

const hasCurl = spawnSync('curl', ['--version']).error === undefined;

describe('the demo', () => {
  it('shows jobs and workflows in all states within 15 seconds', async () => {
    const startedAt = performance.now();
    const demo = await startDemo();
    const left = PROMISED_MS - (performance.now() - startedAt);
    await eventually(
      'all states',
      async () => {
        const jobs = await shownStates(demo, 'aws_glue_job_last_run_state', 'state');
        const workflows = await shownStates(demo, 'aws_glue_workflow_last_run_status', 'status');
        return jobs.length >= JOB_STATES.length && workflows.length >= WORKFLOW_STATUSES.length ? true : undefined;
      },
      left,
    );
    expect(await shownStates(demo, 'aws_glue_job_last_run_state', 'state')).toEqual([...JOB_STATES].sort());
    expect(await shownStates(demo, 'aws_glue_workflow_last_run_status', 'status')).toEqual(
      [...WORKFLOW_STATUSES].sort(),
    );
  });

  it.skipIf(!hasCurl && process.env.CI !== 'true')('prints things to try that work as they are printed', async () => {
    const demo = await startDemo();
    await demo.ready();
    const commands = [...demo.welcome.matchAll(/^ {5}((?:sleep 5; )?curl .*)$/gm)].map(([, command]) => command ?? '');
    expect(commands).toHaveLength(5);
    const [failedJobs = '', failedWorkflows = '', throttle = '', throttles = '', end = ''] = commands;
    const outputOf = async (command: string) => {
      const { code, stdout, stderr } = await run('sh', ['-c', command]).exit;
      expect([command, code, stdout === '']).toEqual([command, 0, false]);
      return { stdout, stderr };
    };
    expect((await outputOf(failedJobs)).stdout).toMatch(/^aws_glue_job_last_run_state\{.*state="FAILED"\} 1$/m);
    expect((await outputOf(failedWorkflows)).stdout).toMatch(
      /^aws_glue_workflow_\w+\{.*workflow_name="finance-closing"/m,
    );
    expect((await outputOf(throttle)).stdout).toContain('throttle');
    await eventually('a throttled request', async () =>
      /^aws_glue_exporter_api_throttles_total\{.*\} [1-9]/m.test((await outputOf(throttles)).stdout) ? true : undefined,
    );
    expect((await outputOf(end)).stdout).toBe('[]\n');
  });

  it('says where to look, and there is something there', async () => {
    const demo = await startDemo();
    const url = (name: string) => new RegExp(`${name} +(http://localhost:\\d+/\\S*)`).exec(demo.welcome)?.[1] ?? '';
    expect(new URL(url('Metrics')).pathname).toBe('/metrics');
    expect((await demo.get(new URL(url('Metrics')).pathname)).status).toBe(200);
    expect(new URL(url('Status')).port).toBe(new URL(demo.url).port);
    expect((await demo.get(new URL(url('Status')).pathname)).status).toBe(200);
  });

  it('shows a stranger which job failed last and why, and which run is slow', async () => {
    const demo = await startDemo();
    await demo.ready();
    const text = `${(await demo.get('/')).body}`.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
    expect(text).toMatch(/Failed in the last day \(\d\d jobs and workflows\)/);
    expect(text).toMatch(
      /ago (2 or more before it )?(FAILED|ERROR|TIMEOUT|EXPIRED|COMPLETED) \w[^.]{10,}.* (jr|wr)_\w{64}/,
    );
    expect(text).toMatch(/nightly-finance-ledger [^:]*:\d\d:\d\d UTC 3h 30m ago RUNNING jr_\w+ slow: usually takes/);
  });

  it('needs no AWS account, and would not send its credentials anywhere', async () => {
    const credentials = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_PROFILE: 'does-not-exist' };
    const demo = await startDaemon({ args: ['demo'], env: credentials });
    await demo.ready();
    expect((await demo.poll({ after: 0 })).up).toBe(true);
  });

  it('ends with Ctrl-C, and frees its ports', async () => {
    const demo = await startDemo();
    const ports = portsIn(demo.welcome);
    expect(ports).toHaveLength(2);
    expect(await Promise.all(ports.map(isOpen))).toEqual([true, true]);
    const { code, seconds, stderr } = await demo.stop('SIGINT');
    expect([code, seconds < 10]).toEqual([0, true]);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(await Promise.all(ports.map(isOpen))).toEqual([false, false]);
  });

  it('can be had twice at once', async () => {
    const [first, second] = await Promise.all([startDemo(), startDemo()]);
    expect(new Set([...portsIn(first.welcome), ...portsIn(second.welcome)]).size).toBe(4);
    await Promise.all([first.ready(), second.ready()]);
  });
});
