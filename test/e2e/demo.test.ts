import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type Daemon, eventually, run, startDaemon } from '../daemon.ts';
import { type ExposedFamily, samplesOf, sampleValue } from '../exposition-parser.ts';

/** EXPIRED is of streaming runs that another one continues. */
const JOB_STATES = 'STARTING RUNNING STOPPING WAITING STOPPED SUCCEEDED FAILED TIMEOUT ERROR'.split(' ');
const WORKFLOW_STATUSES = 'RUNNING COMPLETED STOPPING STOPPED ERROR'.split(' ');

/** The demo takes no longer than this to show everything, on a machine that does nothing else. */
const PROMISED_SECONDS = 15;
/** Its `aws.requests_per_second`. */
const REQUESTS_PER_SECOND = 100;

const startDemo = async (): Promise<Daemon & { readonly welcome: string }> => {
  const demo = await startDaemon({ args: ['demo'] });
  const welcome = await eventually('the welcome', () =>
    demo.written.stdout.includes('Ctrl-C') ? demo.written.stdout : undefined,
  );
  return { ...demo, welcome };
};

/** The states that are some newest run's. */
const shownStates = (exposition: readonly ExposedFamily[], family: string, label: string): readonly string[] => {
  const holding = samplesOf(exposition, family).filter(({ value }) => value === 1);
  return [...new Set(holding.map(({ labels }) => labels[label] ?? ''))].sort();
};

/** A connection to a port of this machine; the function it returns resolves when the other end has closed it. */
const connectionTo = async (port: number): Promise<() => Promise<void>> => {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const closed = new Promise<void>(resolve => {
    socket
      .resume()
      .on('error', () => {})
      .once('close', () => resolve());
  });
  return () => closed;
};

const portsIn = (text: string): readonly number[] => [
  ...new Set([...text.matchAll(/http:\/\/[\w.]+:(\d+)/g)].map(([, port]) => Number(port))),
];

const hasCurl = spawnSync('curl', ['--version']).error === undefined;

describe('the demo', () => {
  it('shows jobs and workflows in all states within 15 seconds, with its first poll', async () => {
    const demo = await startDemo();
    expect(demo.welcome).toContain('A simulated Glue account (60 jobs, 12 workflows) is polled');
    await demo.ready();
    const exposition = await demo.scrape();
    expect(shownStates(exposition, 'aws_glue_job_last_run_state', 'state')).toEqual([...JOB_STATES].sort());
    expect(shownStates(exposition, 'aws_glue_workflow_last_run_status', 'status')).toEqual(
      [...WORKFLOW_STATUSES].sort(),
    );
    // Its own work and the pace of its requests are all that takes time; how long others keep it waiting is not up to it.
    const requests = samplesOf(exposition, 'aws_glue_exporter_api_requests_total').reduce(
      (sum, { value }) => sum + value,
      0,
    );
    const workSeconds = sampleValue(exposition, 'process_cpu_seconds_total') ?? Number.NaN;
    expect(workSeconds + requests / REQUESTS_PER_SECOND).toBeLessThan(PROMISED_SECONDS);
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
    expect(text).toMatch(/Failed in the last day \(\d\d\)/);
    expect(text).toMatch(/ \w[^.]{10,}.* (jr|wr)_\w{64}\S* (FAILED|ERROR|TIMEOUT|COMPLETED) [^a-z]* \d+\w.* ago/);
    expect(text).toMatch(/nightly-finance-ledger RUNNING [^:]*:\d\d:\d\d UTC 3h 30m ago slow: \w+[^_]* jr_\w+/);
  });

  it('needs no AWS account, and would not send its credentials anywhere', async () => {
    const credentials = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_PROFILE: 'does-not-exist' };
    const demo = await startDaemon({ args: ['demo'], env: credentials });
    await demo.ready();
    expect((await demo.poll({ after: 0 })).up).toBe(true);
  });

  it('cannot be reloaded, because it has no configuration file', async () => {
    const demo = await startDaemon({ args: ['demo', '--web.enable-lifecycle'] });
    expect((await demo.reload()).status).toBe(403);
  });

  it('ends with Ctrl-C, and frees its ports', async () => {
    const demo = await startDemo();
    const ports = portsIn(demo.welcome);
    expect(ports).toHaveLength(2);
    // Another demo may take a port as soon as it is free, so it is not asked whether somebody listens there.
    const closed = await Promise.all(ports.map(connectionTo));
    const { code, seconds, stderr } = await demo.stop('SIGINT');
    expect([code, seconds < 10]).toEqual([0, true]);
    expect(stderr).not.toMatch(/^ +at /m);
    await Promise.all(closed.map(isClosed => isClosed()));
  });

  it('can be had twice at once', async () => {
    const [first, second] = await Promise.all([startDemo(), startDemo()]);
    expect(new Set([...portsIn(first.welcome), ...portsIn(second.welcome)]).size).toBe(4);
    await Promise.all([first.ready(), second.ready()]);
  });
});
