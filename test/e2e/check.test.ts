import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { permissionsOf } from '../../src/collectors/permissions.ts';
import { plantedSecrets } from '../../src/simulator/messages.ts';
import { platformWorld } from '../../src/simulator/platform.ts';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import { entitiesOf } from '../../src/simulator/world.ts';
import { type Exit, runExporter, temporaryFolder } from '../daemon.ts';
import { collectorsInUse as collectors } from '../truth/index.ts';
import { ACCOUNT_ID, configFor, NOON, place, REGION, requestsTo, simulate, targetOf } from './account.ts';
import { preloaded } from './faults/row.ts';
import { watchLateness } from './lateness.ts';

const world = platformWorld({ ...place, seed: 1, jobs: 60, workflows: 12, nowSeconds: NOON });
const realTime = () => Date.now() / 1000;
const ROLE = `arn:aws:iam::${ACCOUNT_ID}:role/glue-exporter`;
const noKeys = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };
const impatient = { aws: { max_attempts: 1, request_timeout: '500ms' } };

const check = (
  config: string | object,
  { args = [], env = {} }: { args?: readonly string[]; env?: Readonly<Record<string, string>> } = {},
): Promise<Exit> => runExporter({ config, args: ['check', ...args], env }).exit;

/** The lines of a kind, without the kind: ok, MISSING, FAILED, PROBLEM and the like. */
const linesOf = (kind: string, { stdout }: Exit): readonly string[] =>
  stdout.split('\n').flatMap(line => (line.startsWith(`  ${kind} `) ? [line.slice(kind.length + 2).trim()] : []));

const operations = collectors.flatMap(collector =>
  permissionsOf(collector, true).map(permission => ({ ...permission, collector })),
);
const untagged = operations.filter(({ isForTags }) => !isForTags).map(({ action }) => action);

describe('a target that is well', () => {
  it('is told to be so, with what there is, and what to expect', async () => {
    const simulator = await simulate([world], { clock: realTime });
    const found = await check(configFor(simulator, { poll: { interval: '60s' } }));
    expect(found.stderr).toBe('');
    expect(found.stdout).toMatch(/^Target 1 of 1: eu-west-1 of 111122223333: ok\n/);
    expect(linesOf('credentials', found)).toEqual([`ok: arn:aws:iam::${ACCOUNT_ID}:user/simulator`]);
    expect(linesOf('ok', found)).toEqual(untagged);
    expect(linesOf('found', found)).toEqual(['60 jobs, 12 workflows']);
    expect(linesOf('requests', found)[0]).toMatch(/^about 73 a minute expected: 72 for runs, 0\.5 for lists; 30,000 /);
    expect(found.stdout).toMatch(
      /\n\n1 target, and no problem; about [\d,]+ series and 73 requests a minute in all\.\n$/,
    );
    expect(found.stdout).not.toMatch(/PROBLEM|MISSING|FAILED|note/);
    expect(found.code).toBe(0);
  });

  it('may be without jobs and workflows: what would be asked later is tried all the same', async () => {
    const empty = scriptedWorld({ ...place });
    const simulator = await simulate([empty], { clock: realTime });
    const found = await check(configFor(simulator));
    expect([found.code, linesOf('found', found)]).toEqual([0, ['0 jobs, 0 workflows']]);
    expect(linesOf('ok', found)).toEqual(untagged);
    simulator.setFaults([{ kind: 'access_denied', rate: 1, operations: ['GetWorkflowRuns'] }]);
    const denied = await check(configFor(simulator));
    expect([denied.code, linesOf('MISSING', denied)]).toEqual([1, [expect.stringMatching(/^glue:GetWorkflowRuns,/)]]);
  });

  it('may be reached through a role, with filters, for some collectors only', async () => {
    const simulator = await simulate([{ ...world, externalId: 'example' }], { clock: realTime });
    const filter = { include: ['^etl-'], tags: { env: 'prod' } };
    const target = targetOf(simulator, { role_arn: ROLE, external_id: 'example', jobs: filter });
    const config = { ...configFor(simulator, { targets: [target] }), collectors: ['jobs'] };
    const found = await check(config);
    expect(linesOf('credentials', found)).toEqual([
      `ok: arn:aws:sts::${ACCOUNT_ID}:assumed-role/glue-exporter/aws-glue-exporter`,
    ]);
    expect(linesOf('ok', found)).toEqual([
      'sts:AssumeRole',
      'glue:GetJobs',
      'glue:GetJobRuns',
      'glue:GetJobRun',
      'glue:ListJobs',
    ]);
    const tagged = entitiesOf(world, 'jobs').filter(({ tags }) => tags?.env === 'prod');
    const admitted = tagged.filter(({ name }) => name.startsWith('etl-'));
    expect(admitted.length).toBeLessThan(tagged.length);
    expect(linesOf('found', found)).toEqual([`${admitted.length} of ${tagged.length} jobs`]);
    expect(found.code).toBe(0);
    expect([...simulator.requests.keys()].filter(operation => operation.includes('Workflow'))).toEqual([]);
    expect(found.stdout).not.toContain('example');
  });

  it('needs no permission for tags where tags is empty', async () => {
    const simulator = await simulate([world], { clock: realTime });
    const target = targetOf(simulator, { jobs: { tags: {} } });
    const found = await check(configFor(simulator, { targets: [target] }));
    expect([found.code, linesOf('ok', found)]).toEqual([0, untagged]);
    expect(simulator.requests.has('ListJobs')).toBe(false);
  });

  it('is asked no faster than its budget allows, for little, and leaves nothing behind', async () => {
    const askedAt: number[] = [];
    const latenessSeconds = watchLateness();
    const simulator = await simulate([world], { onRequest: () => askedAt.push(performance.now() / 1000) });
    const path = join(temporaryFolder(), 'state');
    const found = await check(configFor(simulator, { aws: { requests_per_second: 20 }, state: { path } }));
    expect([found.code, existsSync(path)]).toEqual([0, false]);
    expect(askedAt.length).toBeGreaterThan(30);
    expect(askedAt.length).toBeLessThan(60);
    const seconds = (askedAt.at(-1) ?? 0) - (askedAt[0] ?? 0) + latenessSeconds();
    expect((askedAt.length - 1) / seconds).toBeLessThan(21);
  });

  it('is its own part only with --shard', async () => {
    const simulator = await simulate([world], { clock: realTime });
    const config = configFor(simulator, { aws: { requests_per_second: 100 } });
    const found = await Promise.all([0, 1].map(shard => check(config, { args: [`--shard=${shard}/2`] })));
    const parts = found.map(one => /^(\d+) of 60 jobs, (\d+) of 12 workflows$/.exec(linesOf('found', one)[0] ?? ''));
    const total = (group: number) => parts.reduce((sum, part) => sum + Number(part?.[group]), 0);
    expect([total(1), total(2)]).toEqual([60, 12]);
    expect(found[0]?.stdout).toContain('3,000 a minute are allowed');
  });
});

describe('a permission that is missing', () => {
  it.each(operations)(
    '$action is named, alone, with what it costs',
    async ({ action, operation, collector, isForTags, isOptional }) => {
      const simulator = await simulate([world], { clock: realTime });
      simulator.setFaults([{ kind: 'access_denied', rate: 1, operations: [operation] }]);
      const target = targetOf(simulator, { jobs: { tags: { env: 'prod' } } });
      const found = await check(configFor(simulator, { targets: [target] }));
      expect(found.code).toBe(isOptional ? 0 : 1);
      const [line, ...others] = linesOf('MISSING', found);
      expect(others).toEqual([]);
      if (isOptional)
        expect(line).toMatch(/^\S+ \(optional: more requests for long runs that are hidden behind newer ones\)$/);
      else
        expect(line).toMatch(
          new RegExp(`^${action}, which costs .*all metrics of ${collector.name} \\(aws_glue_\\w+_\\*\\)$`),
        );
      expect(line?.includes('the filter by tags')).toBe(isForTags);
      expect(found.stdout).toContain(`is not authorized to perform: ${action}`);
      const all = operations.map(one => one.action).sort();
      expect([...linesOf('ok', found), action].sort()).toEqual(all);
      expect(linesOf('FAILED', found)).toEqual([]);
      expect(plantedSecrets.filter(secret => found.stdout.includes(secret))).toEqual([]);
      expect(found.stdout).toContain(isOptional ? '1 target, and no problem' : '1 target, and 1 has a problem');
    },
  );

  it('is told apart from single jobs that are denied', async () => {
    const simulator = await simulate([scriptedWorld({ ...place, jobs: { a: [], b: [], c: [] } })], { clock: realTime });
    simulator.setFaults([{ kind: 'access_denied', rate: 1, entity: 'a' }]);
    const found = await check(configFor(simulator));
    expect(found.code).toBe(1);
    expect(linesOf('IN PART', found)).toEqual([
      'glue:GetJobRuns, denied for some of those that were tried, which costs their metrics',
    ]);
  });
});

describe('credentials', () => {
  it('that are missing are told at once, with what to do', async () => {
    const simulator = await simulate([world]);
    const found = await check(configFor(simulator), { env: noKeys });
    expect(found.code).toBe(1);
    expect(linesOf('PROBLEM', found)).toEqual([
      expect.stringMatching(/Could not load credentials.*; set AWS_ACCESS_KEY_ID/),
    ]);
    expect(requestsTo(simulator)).toBe(0);
  });

  it('that have expired are told to be so', async () => {
    const simulator = await simulate([world]);
    simulator.setFaults([{ kind: 'expired_token', rate: 1 }]);
    const found = await check(configFor(simulator));
    expect([found.code, linesOf('PROBLEM', found)]).toEqual([1, ['GetCallerIdentity: ExpiredTokenException']]);
    expect(found.stdout).toContain('→ the credentials have expired');
    expect([...simulator.requests.keys()]).toEqual(['GetCallerIdentity']);
  });

  it('that AWS does not know are told to be so', async () => {
    const xml =
      '<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>The security token</Message></Error></ErrorResponse>';
    const server = createServer((_, response) => response.writeHead(403, { 'Content-Type': 'text/xml' }).end(xml));
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const endpoint = `http://127.0.0.1:${port}`;
    const found = await check({ targets: [{ region: REGION, endpoint, sts_endpoint: endpoint }] });
    server.close();
    expect([found.code, linesOf('PROBLEM', found)]).toEqual([1, ['GetCallerIdentity: InvalidClientTokenId']]);
    expect(found.stdout).toContain('→ AWS does not know this access key');
  });

  it('of a role that cannot be assumed name the role and what is missing', async () => {
    const simulator = await simulate([{ ...world, externalId: 'another' }]);
    const found = await check(
      configFor(simulator, { targets: [targetOf(simulator, { role_arn: ROLE, external_id: 'example' })] }),
    );
    expect(found.code).toBe(1);
    expect(linesOf('MISSING', found)).toEqual(['sts:AssumeRole, which costs everything of this target']);
    expect(found.stdout).toContain(`is not authorized to perform: sts:AssumeRole on resource: ${ROLE}`);
    expect(found.stdout).toContain('→ the role cannot be assumed');
    expect(found.stdout).not.toContain('example');
  });

  it('of another account than the config says are a problem', async () => {
    const simulator = await simulate([world], { clock: realTime });
    const target = targetOf(simulator, { account_id: '444455556666' });
    const found = await check(configFor(simulator, { targets: [target] }));
    expect(found.code).toBe(1);
    expect(linesOf('PROBLEM', found)).toEqual([
      'The credentials are of account 111122223333, and the config says 444455556666: every series would carry the wrong aws_account_id',
    ]);
  });

  it('need no STS where the account is known', async () => {
    const simulator = await simulate([world], { clock: realTime });
    simulator.setFaults([{ kind: 'stall', rate: 1, operations: ['GetCallerIdentity'] }]);
    const target = { ...targetOf(simulator), account_id: ACCOUNT_ID };
    const config = configFor(simulator, { targets: [target], aws: { max_attempts: 1, request_timeout: '1s' } });
    const found = await check(config);
    expect([found.code, linesOf('note', found).length]).toEqual([0, 1]);
    simulator.setFaults([{ kind: 'expired_token', rate: 1, operations: ['GetCallerIdentity'] }]);
    const refused = await check(config);
    expect([refused.code, linesOf('ok', refused)]).toEqual([0, untagged]);
    simulator.setFaults([{ kind: 'stall', rate: 1, operations: ['GetCallerIdentity'] }]);
    const unknown = await check(configFor(simulator, impatient));
    expect([unknown.code, linesOf('PROBLEM', unknown)]).toEqual([
      1,
      ['GetCallerIdentity: no complete answer within 0.5s'],
    ]);
  });
});

describe('the way to AWS', () => {
  const failing = (endpoint: string, more: object = impatient) => ({
    targets: [{ region: REGION, account_id: ACCOUNT_ID, endpoint, sts_endpoint: endpoint }],
    ...more,
  });

  it('to a host that is not known', async () => {
    const file = join(temporaryFolder(), 'no-dns');
    writeFileSync(file, '');
    const env = { ...preloaded('failing-dns.mjs'), FAILING_DNS_FILE: file };
    const found = await check(failing('http://glue.example.invalid'), { env });
    expect([found.code, linesOf('FAILED', found)]).toEqual([1, ['glue:GetJobs', 'glue:ListWorkflows']]);
    expect(found.stdout).toContain('getaddrinfo EAI_AGAIN glue.example.invalid');
    expect(found.stdout).toContain('→ the host’s name cannot be looked up');
    expect(linesOf('not tried', found)).toEqual([
      'glue:GetJobRuns',
      'glue:GetJobRun',
      'glue:BatchGetWorkflows',
      'glue:GetWorkflowRuns',
      'glue:GetWorkflowRun',
    ]);
  });

  it('to a port where nothing listens, or something else does', async () => {
    const refused = await check(failing('http://127.0.0.1:1'));
    expect([refused.code, refused.stdout.includes('→ nothing listens there')]).toEqual([1, true]);
    const simulator = await simulate([world]);
    const secured = await check(failing(simulator.endpoint.replace('http:', 'https:')));
    expect([secured.code, secured.stdout.includes('→ what answers does not speak TLS')]).toEqual([1, true]);
    simulator.setFaults([{ kind: 'html_200', rate: 1 }]);
    const proxied = await check(failing(simulator.endpoint));
    expect([proxied.code, proxied.stdout.includes('→ what answers is not AWS')]).toEqual([1, true]);
    expect(plantedSecrets.filter(secret => proxied.stdout.includes(secret))).toEqual([]);
  });

  it('to what never answers ends in time', async () => {
    const simulator = await simulate([world]);
    simulator.setFaults([{ kind: 'stall', rate: 1 }]);
    const startedAt = performance.now();
    const found = await check(failing(simulator.endpoint));
    expect((performance.now() - startedAt) / 1000).toBeLessThan(10);
    expect([found.code, linesOf('FAILED', found)]).toEqual([1, ['glue:GetJobs', 'glue:ListWorkflows']]);
    expect(found.stdout).toContain('→ nothing answers in time');
  });

  it('that is throttled is a note while the rest gets through, and a problem when nothing does', async () => {
    const simulator = await simulate([world], { clock: realTime });
    simulator.setFaults([{ kind: 'throttle', rate: 1, times: 2 }]);
    const some = await check(configFor(simulator));
    expect([some.code, linesOf('note', some)]).toEqual([0, ['AWS throttled 2 of the check’s requests']]);
    simulator.setFaults([{ kind: 'throttle', rate: 1, operations: ['GetJobRuns'] }]);
    const all = await check(configFor(simulator, { aws: { max_attempts: 1 } }));
    expect([all.code, linesOf('FAILED', all)]).toEqual([1, ['glue:GetJobRuns']]);
    expect(all.stdout).toContain('→ AWS throttles');
  });

  it('with a listing that never ends is told to be a problem', async () => {
    const simulator = await simulate([world], { clock: realTime });
    simulator.setFaults([{ kind: 'repeat_token', rate: 1, operations: ['GetJobs'] }]);
    const found = await check(configFor(simulator));
    expect([found.code, linesOf('PROBLEM', found)]).toEqual([1, ['GetJobs: its page token came round again']]);
  });

  it('with a clock that is wrong is a note', async () => {
    const file = join(temporaryFolder(), 'clock');
    writeFileSync(file, '-1200');
    const simulator = await simulate([world], { clock: realTime, signatureToleranceSeconds: 300 });
    const env = { ...preloaded('wrong-clock.mjs'), WRONG_CLOCK_FILE: file };
    const found = await check(configFor(simulator), { env });
    expect([found.code, linesOf('note', found)]).toEqual([
      0,
      [expect.stringMatching(/^The clock of this machine is 20m behind/)],
    ]);
  });
});

describe('many targets', () => {
  it('are told of in the order of the config, fifty within seconds, and two that fail are nobody else’s problem', async () => {
    const accounts = Array.from({ length: 50 }, (_, index) => `${200_000_000_000 + index}`);
    const runs = () => [];
    const worlds = accounts.map(accountId =>
      scriptedWorld({ accountId, region: REGION, jobs: { orders: runs, sales: runs }, externalId: 'example' }),
    );
    const simulator = await simulate(worlds, { clock: realTime });
    const [denied = '', other = ''] = [accounts[3], accounts[17]];
    simulator.setFaults([
      { kind: 'access_denied', rate: 1, account: denied, operations: ['GetJobs'] },
      { kind: 'server_error', rate: 1, account: other },
    ]);
    const startedAt = performance.now();
    const found = await check({
      defaults: {
        role_arn: 'arn:aws:iam::{account_id}:role/glue-exporter',
        external_id: 'example',
        regions: [REGION],
        endpoint: simulator.endpoint,
        sts_endpoint: simulator.endpoint,
      },
      targets: [{ account_ids: accounts }],
      aws: { max_attempts: 1 },
    });
    expect((performance.now() - startedAt) / 1000).toBeLessThan(30);
    expect(found.code).toBe(1);
    const titles = found.stdout.split('\n').filter(line => line.startsWith('Target '));
    expect(titles).toEqual(
      accounts.map(
        (id, index) =>
          `Target ${index + 1} of 50: ${REGION} of ${id}: ${[denied, other].includes(id) ? 'PROBLEM' : 'ok'}`,
      ),
    );
    expect(found.stdout).toContain('50 targets, and 2 have a problem');
  });

  it('of one account and region are a problem', async () => {
    const simulator = await simulate([world], { clock: realTime });
    const other = targetOf(simulator, { endpoint: simulator.endpoint.replace('127.0.0.1', 'localhost') });
    const found = await check(configFor(simulator, { targets: [targetOf(simulator), other] }));
    expect(found.code).toBe(1);
    expect(linesOf('PROBLEM', found)).toEqual([
      expect.stringContaining('polls account 111122223333 in eu-west-1 already'),
    ]);
  });

  it('with more series than series.limit are a problem', async () => {
    const simulator = await simulate([world], { clock: realTime });
    const found = await check(configFor(simulator, { series: { limit: 1000 } }));
    expect(found.code).toBe(1);
    expect(found.stdout).toMatch(/^PROBLEM: series\.limit is 1,000/m);
  });
});

describe('a config that is no good', () => {
  it('ends with 2, before AWS is asked', async () => {
    const { code, stdout, stderr } = await check('targets: [{ region: Ireland }]');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('is not a region');
  });

  it('is one without a region, too', async () => {
    const { code, stderr } = await check('collectors: [jobs]');
    expect(code).toBe(2);
    expect(stderr).toContain('has no region');
  });
});
