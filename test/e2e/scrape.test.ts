import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { hastyWorld } from '../../src/simulator/fast-world.ts';
import { platformWorld } from '../../src/simulator/platform.ts';
import { eventually, http, startDaemon } from '../daemon.ts';
import { parseExposition, samplesOf } from '../exposition-parser.ts';
import { ACCOUNT_ID, configFor, NOON, place, REGION, requestsTo, simulate, stageClock, targetOf } from './account.ts';

const TEXT_FORMAT = 'text/plain; version=0.0.4; charset=utf-8';

const platform = platformWorld({ ...place, seed: 1, jobs: 60, workflows: 12, nowSeconds: NOON });

/** The lines of Glue's own families: those of the process change with every scrape. */
const glueLines = (text: string): string => {
  const lines = text.split('\n').filter(line => /^(# \w+ )?aws_glue_(job|workflow)_/.test(line));
  return lines.join('\n');
};

describe('scrapes', () => {
  it('that come 100 at once while AWS is polled are all complete and well-formed', async () => {
    const world = hastyWorld({ ...place, seed: 'scrapes', fromSeconds: NOON + 60 });
    const clock = stageClock();
    const simulator = await simulate([world], { clock: clock.now });
    const daemon = await startDaemon({ config: configFor(simulator), args: ['--web.max-requests=0'] });
    await daemon.ready();
    clock.run(NOON + 60, NOON + 120);

    const wave = () =>
      Promise.all(
        Array.from({ length: 100 }, async (_, index) => {
          const encoding = index % 2 === 0 ? 'gzip' : 'identity';
          return { encoding, answer: await daemon.get('/metrics', { 'Accept-Encoding': encoding }) };
        }),
      );
    const answers = await eventually('a poll that goes on while scrapes come', async () => {
      const idle = requestsTo(simulator);
      await eventually('a call', () => (requestsTo(simulator) > idle ? true : undefined));
      const before = requestsTo(simulator);
      const got = await wave();
      return requestsTo(simulator) > before + 10 ? got : undefined;
    });

    for (const { encoding, answer } of answers) {
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toBe(TEXT_FORMAT);
      expect(answer.headers['content-encoding']).toBe(encoding === 'gzip' ? 'gzip' : undefined);
      const families = parseExposition(encoding === 'gzip' ? gunzipSync(answer.body) : answer.body);
      expect(samplesOf(families, 'aws_glue_job_info')).toHaveLength(60);
      expect(samplesOf(families, 'aws_glue_workflow_active_runs', { status: 'RUNNING' })).toHaveLength(12);
    }
  });

  it('ask AWS nothing', async () => {
    const simulator = await simulate([platform]);
    const config = configFor(simulator, { poll: { interval: '1h' } });
    const daemon = await startDaemon({ config, args: ['--web.max-requests=0'] });
    await daemon.ready();
    await daemon.poll({ after: 0 });
    const requestsBefore = requestsTo(simulator);
    const answers = await Promise.all(Array.from({ length: 200 }, () => daemon.get('/metrics')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(requestsTo(simulator)).toBe(requestsBefore);
  });

  it('wait for no AWS that has stopped answering', async () => {
    const simulator = await simulate([platform]);
    // One call at a time: once one hangs, no other can be made.
    const poll = { concurrency: 1, timeout: '5m', discovery_interval: '1h' };
    const config = configFor(simulator, { poll, aws: { request_timeout: '5m' } });
    const daemon = await startDaemon({ config, args: ['--web.max-requests=0'] });
    await daemon.ready();
    const requestsBefore = requestsTo(simulator);
    simulator.setFaults([{ kind: 'stall', rate: 1 }]);
    await eventually('a call that hangs', () => (requestsTo(simulator) > requestsBefore ? true : undefined));
    const requestsThen = requestsTo(simulator);

    const answers = await Promise.all(Array.from({ length: 200 }, () => daemon.get('/metrics')));
    // The call still hangs: it would be given up before another is made.
    expect(requestsTo(simulator)).toBe(requestsThen);
    const [first = Buffer.alloc(0), ...others] = answers.map(({ body }) => body);
    expect(samplesOf(parseExposition(first), 'aws_glue_job_info')).toHaveLength(60);
    for (const body of others) expect(glueLines(`${body}`) === glueLines(`${first}`)).toBe(true);
  });

  it('say the same compressed and not, while nothing changes', async () => {
    const simulator = await simulate([platform]);
    const daemon = await startDaemon({ config: configFor(simulator) });
    await daemon.ready();
    const plain = (await daemon.get('/metrics')).body;
    const zipped = await daemon.get('/metrics', { 'Accept-Encoding': 'gzip, deflate, br' });
    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect(zipped.headers.vary).toContain('Accept-Encoding');
    expect(zipped.body.length).toBeLessThan(plain.length / 3);
    const lines = glueLines(plain.toString());
    expect(lines.length).toBeGreaterThan(100_000);
    const unzipped = gunzipSync(zipped.body);
    expect(glueLines(unzipped.toString())).toBe(lines);
    const names = (body: Buffer) => parseExposition(body).map(({ name }) => name);
    expect(names(unzipped)).toEqual(names(plain));
    const refused = await daemon.get('/metrics', { 'Accept-Encoding': 'gzip;q=0' });
    expect(refused.headers['content-encoding']).toBeUndefined();
    expect(glueLines(refused.body.toString())).toBe(lines);
  });

  it('bring no timestamps: Prometheus knows when it asked', async () => {
    const simulator = await simulate([platform]);
    const daemon = await startDaemon({ config: configFor(simulator) });
    await daemon.ready();
    const samples = (await daemon.scrape()).flatMap(family => family.samples);
    expect(samples.length).toBeGreaterThan(1000);
    expect(samples.filter(({ timestamp }) => timestamp !== undefined)).toEqual([]);
  });
});

describe('the web server', () => {
  it('answers HEAD as GET, without the body', async () => {
    const simulator = await simulate([platform]);
    const { url, ready } = await startDaemon({ config: configFor(simulator) });
    await ready();
    for (const path of ['/metrics', '/', '/-/healthy', '/-/ready']) {
      const answer = await http(url + path, { method: 'HEAD' });
      expect([path, answer.status, answer.body.length]).toEqual([path, 200, 0]);
    }
    expect((await http(`${url}/metrics`, { method: 'HEAD' })).headers['content-type']).toBe(TEXT_FORMAT);
  });

  it('answers 404 elsewhere, and keeps what it is made of to itself', async () => {
    const simulator = await simulate([platform]);
    const { get } = await startDaemon({ config: configFor(simulator) });
    for (const path of ['/nowhere', '/metrics/more', '/favicon.ico', '/-/nowhere', '/%ff', '/..%2f..%2fetc%2fpasswd']) {
      const { status, body, headers } = await get(path);
      expect([path, [400, 404].includes(status)]).toEqual([path, true]);
      expect(`${body}`).not.toMatch(/node_modules|\bat .*:\d+/);
      expect(headers['x-powered-by']).toBeUndefined();
    }
    expect((await get('/nowhere')).status).toBe(404);
  });

  it('is healthy from the start', async () => {
    const simulator = await simulate([platform]);
    simulator.setFaults([{ kind: 'stall', rate: 1 }]);
    const { get } = await startDaemon({ config: configFor(simulator) });
    expect((await get('/-/healthy')).status).toBe(200);
    expect((await get('/-/ready')).status).toBe(503);
  });

  it('serves the metrics where it is told to', async () => {
    const simulator = await simulate([platform]);
    const { get, ready } = await startDaemon({
      config: configFor(simulator),
      args: ['--web.telemetry-path=/glue/metrics'],
    });
    await ready();
    expect((await get('/glue/metrics')).status).toBe(200);
    expect((await get('/metrics')).status).toBe(404);
    expect(`${(await get('/')).body}`).toContain('href="glue/metrics"');
  });

  it('shows the targets at /, and lets nothing but its own style run there', async () => {
    const simulator = await simulate([platform]);
    const bad = { region: 'us-east-1', account_id: '444455556666', endpoint: 'http://127.0.0.1:1' };
    const config = configFor(simulator, { targets: [targetOf(simulator), bad], aws: { max_attempts: 1 } });
    const daemon = await startDaemon({ config });
    await daemon.ready();
    const { status, headers, body } = await daemon.get('/');
    const page = body.toString();
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    for (const text of [ACCOUNT_ID, REGION, '60 jobs', '12 workflows', '444455556666', 'us-east-1', 'ECONNREFUSED']) {
      expect(page).toContain(text);
    }
    for (const path of ['metrics', '-/healthy', '-/ready']) expect(page).toContain(`href="${path}"`);
    const policy = `${headers['content-security-policy']}`;
    const style = /<style>(.*?)<\/style>/s.exec(page)?.[1] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`'sha256-${createHash('sha256').update(style).digest('base64')}'`);
    // It leads to the AWS console, and fetches nothing.
    expect(page).not.toMatch(/<script|<link|<img|<iframe|src=|style=|url\(|onclick/);
  });
});
