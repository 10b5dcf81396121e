import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hastyWorld } from '../../src/simulator/fast-world.ts';
import { platformWorld } from '../../src/simulator/platform.ts';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import {
  type Daemon,
  type Exit,
  eventually,
  runExporter,
  startDaemon,
  temporaryFolder,
  writeConfig,
} from '../daemon.ts';
import { ACCOUNT_ID, configFor, NOON, place, requestsTo, simulate, stageClock, targetOf } from './account.ts';
import { expectSameAccount, toldBy, truthOf } from './truth.ts';

const world = platformWorld({ ...place, seed: 1, jobs: 60, workflows: 12, nowSeconds: NOON });

const idleJobs = Array.from({ length: 300 }, (_, index) => [`idle-${index}`, []] as const);
const largeWorld = scriptedWorld({ ...place, jobs: Object.fromEntries(idleJobs) });

/** The exit status for a command line or configuration that cannot be understood. */
const USAGE = 2;

const connectTo = async ({ url }: Daemon): Promise<Socket> => {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => {
    socket.destroy();
  });
  // What the daemon does to the connection at its end is its own business.
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
};

const expectCleanEnd = ({ code, signal, seconds, stderr }: Exit & { readonly seconds: number }): void => {
  expect([code, signal]).toEqual([0, null]);
  expect(seconds).toBeLessThan(10);
  const [, farewell] = stderr.split('msg=Stopping');
  expect(farewell).toBeDefined();
  // Whoever stopped it does not want to read that what was under way has failed.
  // A run that failed is told by whoever counts it.
  expect(farewell?.replace(/^.*msg="Run failed".*$/gm, '')).not.toMatch(/^ +at |level=(WARN|ERROR)|Warning/m);
};

describe('a signal ends the exporter with exit status 0', () => {
  const polling = async (): Promise<Daemon> => {
    const daemon = await startDaemon({ config: configFor(await simulate([world])) });
    await daemon.ready();
    return daemon;
  };

  it.each(['SIGTERM', 'SIGINT'] as const)('%s between polls', async signal => {
    const daemon = await polling();
    await daemon.poll();
    expectCleanEnd(await daemon.stop(signal));
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('%s in the middle of a poll, with AWS not answering', async signal => {
    const simulator = await simulate([world]);
    simulator.setFaults([{ kind: 'stall', rate: 1, operations: ['GetJobRuns', 'GetWorkflowRuns'] }]);
    const daemon = await startDaemon({ config: configFor(simulator) });
    await eventually('a poll under way', () => (simulator.requests.has('GetJobRuns') ? true : undefined));
    expectCleanEnd(await daemon.stop(signal));
  });

  it('before AWS has answered at all', async () => {
    const simulator = await simulate([world]);
    simulator.setFaults([{ kind: 'stall', rate: 1 }]);
    const daemon = await startDaemon({ config: configFor(simulator) });
    await eventually('a first request', () => (requestsTo(simulator) > 0 ? true : undefined));
    expectCleanEnd(await daemon.stop());
  });

  it.each(['stall', 'stall_body', 'drip'] as const)('with an AssumeRole under way that never ends (%s)', async kind => {
    const simulator = await simulate([world]);
    simulator.setFaults([{ kind, rate: 1, operations: ['AssumeRole'] }]);
    const target = targetOf(simulator, { role_arn: `arn:aws:iam::${ACCOUNT_ID}:role/glue-exporter` });
    const daemon = await startDaemon({ config: configFor(simulator, { targets: [target] }) });
    await eventually('a request for a role', () => (simulator.requests.has('AssumeRole') ? true : undefined));
    expectCleanEnd(await daemon.stop());
  });

  it('while it waits to try again', async () => {
    const simulator = await simulate([world]);
    simulator.setFaults([{ kind: 'throttle', rate: 1 }]);
    const daemon = await startDaemon({ config: configFor(simulator, { aws: { max_attempts: 10 } }) });
    await eventually('a second attempt', () => (requestsTo(simulator) > 1 ? true : undefined));
    expectCleanEnd(await daemon.stop());
  });

  it('while it reloads, with AWS not answering', async () => {
    const simulator = await simulate([world]);
    const config = configFor(simulator);
    const daemon = await startDaemon({ config, args: ['--web.enable-lifecycle'] });
    await daemon.ready();
    simulator.setFaults([{ kind: 'stall', rate: 1 }]);
    const asked = requestsTo(simulator);
    await eventually('a poll under way', () => (requestsTo(simulator) > asked ? true : undefined));
    daemon.rewrite({ ...config, poll: { interval: '2s' } });
    daemon.signal('SIGHUP');
    // Whether it still gets an answer is not settled.
    const answer = daemon.reload().catch(() => {});
    expectCleanEnd(await daemon.stop());
    await answer;
  });

  it('while it saves: the state is complete', async () => {
    const clock = stageClock();
    const busy = hastyWorld({ ...place, seed: 'stop', jobs: 30, workflows: 6, fromSeconds: NOON + 60 });
    const simulator = await simulate([busy], { clock: clock.now });
    const path = join(temporaryFolder(), 'state');
    const config = configFor(simulator, { state: { path } });
    const daemon = await startDaemon({ config });
    await daemon.ready();
    clock.set(NOON + 120);
    const saved = statSync(join(path, 'ledgers.journal')).size;
    await eventually('a save', () => (statSync(join(path, 'ledgers.journal')).size > saved ? true : undefined));
    expectCleanEnd(await daemon.stop());
    expect(readdirSync(path)).toEqual(['ledgers.journal']);
    const next = await startDaemon({ config });
    await next.ready();
    expectSameAccount(toldBy(await next.scrape(), busy), truthOf(busy, NOON, NOON + 120));
    expect(next.logged().filter(({ level, msg }) => level === 'WARN' && msg !== 'Run failed')).toEqual([]);
  });

  it('with a client that has sent half a request', async () => {
    const daemon = await polling();
    const socket = await connectTo(daemon);
    socket.write('GET /metrics HTTP/1.1\r\nHost: half');
    await daemon.get('/-/healthy');
    expectCleanEnd(await daemon.stop());
  });

  it('with a client that has connected and said nothing', async () => {
    const daemon = await polling();
    await connectTo(daemon);
    await daemon.get('/-/healthy');
    expectCleanEnd(await daemon.stop());
  });

  it('with an idle connection that is kept alive', async () => {
    const daemon = await polling();
    const socket = await connectTo(daemon);
    socket.write('GET /-/healthy HTTP/1.1\r\nHost: idle\r\n\r\n');
    await once(socket, 'data');
    expectCleanEnd(await daemon.stop());
  });

  describe('in the middle of an answer that is larger than all buffers', () => {
    const answering = async () => {
      const simulator = await simulate([largeWorld]);
      const targets = [targetOf(simulator, { labels: { padding: 'x'.repeat(4000) } })];
      const daemon = await startDaemon({ config: configFor(simulator, { targets }) });
      await daemon.ready();
      const socket = await connectTo(daemon);
      const received: Buffer[] = [];
      socket.on('data', chunk => received.push(chunk));
      socket.write('GET /metrics HTTP/1.1\r\nHost: large\r\n\r\n');
      await once(socket, 'data');
      /** Whether the last chunk has come, which is empty. */
      const isComplete = () => Buffer.concat(received.slice(-2)).toString('latin1').endsWith('\r\n0\r\n\r\n');
      return { daemon, socket, isComplete };
    };

    it('which the client does not read', async () => {
      const { daemon, socket, isComplete } = await answering();
      socket.pause();
      expectCleanEnd(await daemon.stop());
      socket.resume();
      await once(socket, 'close');
      expect(isComplete()).toBe(false);
    });

    it('which the client does not read, whatever signals follow', async () => {
      const { daemon, socket } = await answering();
      socket.pause();
      daemon.signal('SIGTERM');
      await daemon.log('the first', ({ msg }) => (msg === 'Stopping' ? true : undefined));
      daemon.signal('SIGINT');
      expectCleanEnd(await daemon.stop('SIGTERM'));
    });

    it('which the client reads: it gets the rest', async () => {
      const { daemon, socket, isComplete } = await answering();
      const closed = once(socket, 'close');
      expectCleanEnd(await daemon.stop());
      await closed;
      expect(isComplete()).toBe(true);
    });
  });
});

describe('a start that cannot succeed ends with a message that says what to do', () => {
  const complaint = async (options: Parameters<typeof runExporter>[0]): Promise<Exit> => {
    const exit = await runExporter(options).exit;
    expect(exit.stdout).toBe('');
    expect(exit.stderr).not.toMatch(/^ +at /m);
    return exit;
  };

  it('when the port is in use', async () => {
    const simulator = await simulate([world]);
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => {
      other.close();
    });
    await once(other, 'listening');
    const bound = other.address();
    const address = `127.0.0.1:${typeof bound === 'object' ? bound?.port : bound}`;
    const args = [`--web.listen-address=${address}`];
    const { code, stderr } = await complaint({ config: configFor(simulator), args });
    expect(code).toBe(1);
    expect(stderr).toContain(`cannot listen on ${address}: the port is in use`);
    expect(stderr).toContain('--web.listen-address');
  });

  it.each([
    ['an unknown flag', ['--web.listen'], '--web.listen'],
    ['an unknown command', ['serf'], 'unknown command "serf"'],
    ['two commands', ['once', 'demo'], 'unexpected argument "demo"'],
    ['an address that is none', ['--web.listen-address=14583'], '"14583" is not an address'],
    ['a log level that does not exist', ['--log.level=loud'], '--log.level must be one of'],
    ['a flag without its value', ['--config.file'], '--config.file'],
    ['a path for the metrics that is taken', ['--web.telemetry-path=/'], '--web.telemetry-path'],
  ])('%s', async (_mistake, args, message) => {
    const { code, stderr } = await complaint({ args });
    expect(code).toBe(USAGE);
    expect(stderr).toContain(message);
    expect(stderr).toContain('--help');
  });

  it('when the config file has mistakes: all of them at once, with file, line and key', async () => {
    const file = writeConfig(
      [
        'targets:',
        '  - region: eu-west-1',
        '    role: arn:aws:iam::111122223333:role/x',
        '    account_id: 111122223333',
        '    jobs: { include: ["("] }',
        'poll:',
        '  interval: 10',
        '  concurrency: 0',
        'collectors: [jobs, boats]',
        'pol: {}',
        '',
      ].join('\n'),
    );
    const { code, stderr } = await complaint({ args: [`--config.file=${file}`] });
    expect(code).toBe(USAGE);
    const mistakes = [
      [3, 'targets[0].role', 'role_arn'],
      [4, 'targets[0].account_id', 'quotes'],
      [5, 'targets[0].jobs.include[0]', 'regular expression'],
      [7, 'poll.interval', '30s'],
      [8, 'poll.concurrency', '1'],
      [9, 'collectors[1]', 'jobs, workflows'],
      [10, 'pol', 'poll'],
    ] as const;
    for (const [line, key, remedy] of mistakes) {
      const report = stderr.split('\n').find(text => text.includes(`${file}:${line}: ${key}: `));
      expect(report, `${line}: ${key}`).toContain(remedy);
    }
    expect(stderr.trimEnd().split('\n')).toHaveLength(mistakes.length);
  });

  it('when the config file is not YAML, and when it is not there', async () => {
    const file = writeConfig('targets: [\npoll: }');
    const broken = await complaint({ args: [`--config.file=${file}`] });
    expect([broken.code, broken.stderr]).toEqual([USAGE, expect.stringMatching(/config\.yaml:\d: is not valid YAML/)]);
    const missing = await complaint({ args: [`--config.file=${file}.missing`] });
    expect([missing.code, missing.stderr]).toEqual([USAGE, expect.stringContaining(`${file}.missing: cannot be read`)]);
  });

  it('when no region is known', async () => {
    const { code, stderr } = await complaint({ args: ['--web.listen-address=127.0.0.1:0'] });
    expect(code).toBe(USAGE);
    expect(stderr).toMatch(/^aws-glue-exporter: no AWS region is known; set AWS_REGION/);
    const file = writeConfig('targets: [{ region: eu-west-1 }, { account_id: "111122223333" }]');
    const second = await complaint({ args: [`--config.file=${file}`, '--web.listen-address=127.0.0.1:0'] });
    expect(second.code).toBe(USAGE);
    expect(second.stderr).toContain(
      `${file}: targets: the target of 111122223333 has no region, and neither has the environment`,
    );
  });
});

describe('what ends at once', () => {
  it('--config.check is content with a good file, and says what is wrong with a bad one', async () => {
    const good = writeConfig('poll: { interval: 30s }\n');
    const accepted = await runExporter({ args: ['--config.check', `--config.file=${good}`] }).exit;
    expect([accepted.code, accepted.stdout, accepted.stderr]).toEqual([0, `${good} is valid\n`, '']);
    const bad = writeConfig('poll: { interval: 1ms }\n');
    const rejected = await runExporter({ args: ['--config.check', `--config.file=${bad}`] }).exit;
    expect([rejected.code, rejected.stdout]).toEqual([USAGE, '']);
    expect(rejected.stderr).toMatch(/config\.yaml:1: poll\.interval: .*1s/);
  });

  it('--version names the version of the package', async () => {
    const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    const { code, stdout, stderr } = await runExporter({ args: ['--version'] }).exit;
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^aws-glue-exporter, version \S+ \(branch: \S+, revision: \S+\)\n {2}build date: {7}\d{8}-\d\d:\d\d:\d\d\n {2}node version: {5}v\d+\S+\n {2}platform: {9}linux\/\w+\n$/,
    );
    expect(manifest).toMatchObject({ version: /version ([\w.-]+) /.exec(stdout)?.[1] });
  });

  it.each(['--help', '-h'])('%s names every command and flag', async flag => {
    const { code, stdout, stderr } = await runExporter({ args: [flag] }).exit;
    expect([code, stderr]).toEqual([0, '']);
    for (const word of ['once', 'demo', '--config.file', '--config.check', '--web.listen-address', '--log.level']) {
      expect(stdout).toContain(word);
    }
  });
});

describe('help', () => {
  it.each([
    [['help', 'check'], 'Usage: aws-glue-exporter check'],
    [['check', '--help'], 'Usage: aws-glue-exporter check'],
    [['help'], 'Usage: aws-glue-exporter [command]'],
  ])('is printed by %j', async (args, usage) => {
    const { code, stdout, stderr } = await runExporter({ args }).exit;
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(usage);
  });
});

describe('with no configuration at all', () => {
  it.each(['AWS_REGION', 'AWS_DEFAULT_REGION'])('the region is that of %s', async variable => {
    const simulator = await simulate([scriptedWorld({ ...place, jobs: { only: [] } })]);
    const { ready, scrape } = await startDaemon({
      env: { [variable]: 'eu-west-1', AWS_ENDPOINT_URL: simulator.endpoint },
    });
    await ready();
    const jobs = (await scrape()).find(({ name }) => name === 'aws_glue_job_info');
    expect(jobs?.samples).toHaveLength(1);
    expect(jobs?.samples[0]?.labels).toMatchObject({ aws_account_id: place.accountId, aws_region: 'eu-west-1' });
  });

  it('it listens on every address it is given', async () => {
    const { logged, log } = await startDaemon({
      args: ['--web.listen-address=localhost:0'],
      env: { AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL: 'http://127.0.0.1:1' },
    });
    await log('a second address', ({ msg, address = '' }) =>
      msg === 'Listening on' && address.startsWith('localhost') ? 1 : undefined,
    );
    const lines = () => logged().filter(({ msg = '' }) => /^(Listening on|TLS is)/.test(msg));
    await eventually('all lines about listening', () => (lines().length === 4 ? true : undefined));
    const [first, second] = lines().filter(({ msg }) => msg === 'Listening on');
    const address = expect.stringMatching(/:\d+$/);
    expect(lines()).toMatchObject([
      { msg: 'Listening on', address },
      { msg: 'TLS is disabled.', http2: 'false', address: first?.address },
      { msg: 'Listening on', address },
      { msg: 'TLS is disabled.', http2: 'false', address: second?.address },
    ]);
  });
});
