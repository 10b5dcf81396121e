import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hastyWorld } from '../../src/simulator/fast-world.ts';
import { platformWorld } from '../../src/simulator/platform.ts';
import { entitiesOf } from '../../src/simulator/world.ts';
import { cleanEnvironment, MAIN, run, runExporter, temporaryFolder, writeConfig } from '../daemon.ts';
import { parseExposition, samplesOf, sampleValue } from '../exposition-parser.ts';
import { configFor, NOON, place, simulate, targetOf } from './account.ts';
import { endedIn, expectSameAccount, toldBy, truthOf } from './truth.ts';

const platform = platformWorld({ ...place, seed: 1, jobs: 60, workflows: 12, nowSeconds: NOON });
/** No run of it has ended in the last two minutes, so that none can be counted, however slowly the process has started. */
const quiet = platformWorld({ ...place, seed: 1, jobs: 14, workflows: 7, nowSeconds: NOON });

const pollOnce = (config: object, args: readonly string[] = []) =>
  runExporter({ config, args: ['once', ...args] }).exit;

describe('once', () => {
  it('prints the exposition of one poll, and nothing else', async () => {
    expect(endedIn(quiet, NOON - 120, NOON)).toBe(0);
    const { code, stdout, stderr } = await pollOnce(configFor(await simulate([quiet])));
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^(time=\S+ level=INFO msg="Run is waiting" .*\n)*time=\S+ level=INFO msg="First poll complete" .*\n$/,
    );
    const exposition = parseExposition(stdout);
    expectSameAccount(toldBy(exposition, quiet), truthOf(quiet, NOON, NOON));
    expect(sampleValue(exposition, 'aws_glue_exporter_target_up')).toBe(1);
  });

  it('keeps its log out of the exposition, whatever the level', async () => {
    const { code, stdout, stderr } = await pollOnce(configFor(await simulate([platform])), ['--log.level=debug']);
    expect([code, stderr.includes('level=DEBUG')]).toEqual([0, true]);
    expect(samplesOf(parseExposition(stdout), 'aws_glue_job_info')).toHaveLength(60);
  });

  it('ends although a credential_process does not', async () => {
    const config = join(temporaryFolder(), 'config');
    writeFileSync(config, '[profile slow]\ncredential_process = sleep 20\n');
    const env = { AWS_CONFIG_FILE: config, AWS_PROFILE: 'slow', AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };
    const target = targetOf(await simulate([quiet]), { account_id: place.accountId });
    const settings = configFor(await simulate([quiet]), {
      targets: [target],
      aws: { request_timeout: '300ms', max_attempts: 1 },
    });
    const { code, stdout, stderr } = await runExporter({ config: settings, args: ['once'], env }).exit;
    expect(code).toBe(1);
    expect(stderr).toMatch(/no (complete answer|credentials) within 0\.3s/);
    expect(sampleValue(parseExposition(stdout), 'aws_glue_exporter_target_up')).toBe(0);
  });

  it('prints what it has and exits with 1 when a target fails', async () => {
    const simulator = await simulate([platform]);
    const dead = { region: 'us-east-1', account_id: '444455556666', endpoint: 'http://127.0.0.1:1' };
    const config = configFor(simulator, { targets: [targetOf(simulator), dead], aws: { max_attempts: 1 } });
    const { code, stdout, stderr } = await pollOnce(config);
    expect(code).toBe(1);
    expect(stderr).toContain('ECONNREFUSED');
    const exposition = parseExposition(stdout);
    expect(samplesOf(exposition, 'aws_glue_job_info')).toHaveLength(60);
    const up = (aws_region: string) => sampleValue(exposition, 'aws_glue_exporter_target_up', { aws_region });
    expect([up('eu-west-1'), up('us-east-1')]).toEqual([1, 0]);
  });

  it('exits with 1 when one operation is denied', async () => {
    const simulator = await simulate([platform]);
    simulator.setFaults([{ kind: 'access_denied', rate: 1, operations: ['ListWorkflows'] }]);
    const { code, stdout, stderr } = await pollOnce(configFor(simulator));
    expect(code).toBe(1);
    expect(stderr).toContain('AccessDeniedException');
    expect(samplesOf(parseExposition(stdout), 'aws_glue_job_info')).toHaveLength(60);
  });

  it.each([false, true])('finds 450 jobs and 60 workflows through all pages (short pages: %s)', async shortPages => {
    const world = hastyWorld({ ...place, seed: 'many', jobs: 450, workflows: 60, fromSeconds: NOON + 60 });
    const simulator = await simulate([world], { shortPages });
    const { code, stdout } = await pollOnce(configFor(simulator, { aws: { requests_per_second: 1000 } }));
    expect(code).toBe(0);
    const exposition = parseExposition(stdout);
    const names = samplesOf(exposition, 'aws_glue_job_info').map(({ labels }) => labels.job_name);
    expect(names.sort()).toEqual(
      entitiesOf(world, 'jobs')
        .map(({ name }) => name)
        .sort(),
    );
    expect(samplesOf(exposition, 'aws_glue_workflow_active_runs', { status: 'RUNNING' })).toHaveLength(60);
    expect(sampleValue(exposition, 'aws_glue_exporter_entities', { collector: 'jobs' })).toBe(450);
    expect(simulator.requests.get('GetJobs')).toBeGreaterThan(1);
  });

  it('goes on until every entity was polled, though one poll is not long enough', async () => {
    const simulator = await simulate([quiet], { latencySeconds: 0.15 });
    const poll = { timeout: '1s', concurrency: 1 };
    const { code, stdout } = await pollOnce(configFor(simulator, { poll }));
    expect(code).toBe(0);
    expectSameAccount(toldBy(parseExposition(stdout), quiet), truthOf(quiet, NOON, NOON));
  });

  it('does not mind a reader that has seen enough, such as head -1', async () => {
    const config = writeConfig(configFor(await simulate([platform])));
    const pipeline = ['-c', '"$@" | head -1', 'sh', process.execPath, MAIN, 'once', `--config.file=${config}`];
    const { code, stdout, stderr } = await run('sh', pipeline, cleanEnvironment()).exit;
    expect([code, stdout.split('\n').length]).toEqual([0, 2]);
    expect(stdout).toMatch(/^# HELP aws_glue_/);
    expect(stderr).not.toMatch(/EPIPE|level=(WARN|ERROR)/);
  });
});
