import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { ruleFiles, ruleYaml } from '../../monitoring/source/rules/files.ts';
import { isAlert } from '../../monitoring/source/rules/rule.ts';
import { anywhere, type Threshold } from '../../monitoring/source/site.ts';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import type { JsonObject } from '../../src/simulator/world.ts';
import { eventually, http, startDaemon, temporaryFolder } from '../daemon.ts';
import { describeWith, tool } from '../tools.ts';
import { ACCOUNT_ID, configFor, place, REGION, simulate } from './account.ts';
import { startAlertmanager, startPrometheus } from './prometheus.ts';

/** The rule files, all of them, with less patience for a retry to show up. */
const writeRules = (): readonly string[] => {
  const folder = temporaryFolder();
  const site = {
    ...anywhere,
    threshold: (name: Threshold) => (name === 'jobFailingFor' ? '3s' : anywhere.threshold(name)),
  };
  return ruleYaml(site).map(([name, yaml]) => {
    const file = join(folder, `${name}.yaml`);
    writeFileSync(file, yaml);
    return file;
  });
};

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

interface Told {
  readonly status: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Alerts that are quiet on the demo, and why. */
const QUIET: Readonly<Record<string, string>> = {
  GlueJobNoSuccess: 'its past takes hours',
  GlueWorkflowNoSuccess: 'its past takes hours',
  GlueJobConcurrencyHigh: 'whether a job is that busy depends on the hour',
  GlueWorkflowRunSlow: 'its past takes a day',
  GlueDpuSpendUp: 'its past takes a week',
  GlueThrottled: 'the simulated account is generous',
  GlueTargetDown: 'the simulated account answers',
  GlueCollectorDown: 'the simulated account answers',
  GlueDataOld: 'everything is read with every poll',
  GlueExporterDown: 'it is up',
  GlueExporterShardMissing: 'it takes everything',
  GlueExporterConfigReloadFailed: 'the demo is not reloaded',
  GlueExporterStateNotSaved: 'it has no state on disk',
  GlueExporterSeriesDropped: 'it is far from its limit',
};

/** What a phone would be told: every alert that a webhook receives, in their order. */
const receiveAlerts = async (): Promise<{ readonly url: string; readonly told: readonly Told[] }> => {
  const told: Told[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    told.push(...JSON.parse(Buffer.concat(chunks).toString()).alerts);
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`, told };
};

const nowSeconds = (): number => Date.now() / 1000;

const ended = (Id: string, JobRunState: string, CompletedOn: number): JsonObject => ({
  Id,
  JobRunState,
  StartedOn: CompletedOn - 60,
  CompletedOn,
  ExecutionTime: 50,
});

/** How many messages with firing alerts Alertmanager has been sent. */
const received = async (alertmanager: string): Promise<number> => {
  const { body } = await http(`${alertmanager}/metrics`);
  const lines = [...body.toString().matchAll(/^alertmanager_alerts_received_total\{status="firing".*\} (\S+)$/gm)];
  return lines.reduce((sum, [, value]) => sum + Number(value), 0);
};

describeWith(tool('prometheus'), 'the way of an alert', prometheusProgram => {
  it('begins on the demo, but for those that are quiet for a reason', async () => {
    const demo = await startDaemon({ args: ['demo'] });
    await demo.ready();
    const prometheus = await startPrometheus(prometheusProgram, demo.url, { rules: writeRules() });
    const alerts = ruleFiles(anywhere)
      .flatMap(({ groups }) => groups.flatMap(group => group.rules))
      .filter(isAlert);
    expect(Object.keys(QUIET).filter(quiet => !alerts.some(({ alert }) => alert === quiet))).toEqual([]);
    for (const { alert, expr } of alerts) {
      const found = async (): Promise<number> => Object.keys(await prometheus.series(expr)).length;
      if (alert in QUIET) expect(await found(), alert).toBeGreaterThanOrEqual(0);
      else await eventually(`something that ${alert} is about`, async () => ((await found()) > 0 ? true : undefined));
    }
  });

  describeWith(tool('prometheus-alertmanager'), 'from Glue to a phone', alertmanagerProgram => {
    it('notifies once of the very job that is failing, also when the exporter and Prometheus are restarted, and when it succeeds', async () => {
      const later: JsonObject[] = [];
      const fine = [ended('jr_fine', 'SUCCEEDED', nowSeconds() - 600)];
      const world = scriptedWorld({
        ...place,
        jobs: { 'etl-orders': () => [...later, ...fine], 'etl-users': fine },
      });
      const simulator = await simulate([world], { clock: nowSeconds });
      const config = configFor(simulator, { state: { path: temporaryFolder() } });
      const first = await startDaemon({ config });
      await first.ready();
      const { url, told } = await receiveAlerts();
      const alertmanager = await startAlertmanager(alertmanagerProgram, url);
      const options = { rules: writeRules(), alertmanager, folder: temporaryFolder() };
      const prometheus = await startPrometheus(prometheusProgram, first.url, options);
      const usage = (): Promise<Readonly<Record<string, number>>> => prometheus.series('aws_glue_exporter_build_info');
      await eventually('a first scrape', async () => (Object.keys(await usage()).length > 0 ? true : undefined));
      expect(told).toEqual([]);

      later.unshift(ended('jr_bad', 'FAILED', nowSeconds()));
      const alertsNamed = (name: string): readonly Told[] => told.filter(({ labels }) => labels.alertname === name);
      const [alert] = await eventually('an alert', () => {
        const found = alertsNamed('GlueJobFailing');
        return found.length > 0 ? found : undefined;
      });
      expect(alert).toMatchObject({
        status: 'firing',
        labels: {
          alertname: 'GlueJobFailing',
          severity: 'critical',
          job_name: 'etl-orders',
          aws_account_id: ACCOUNT_ID,
          aws_region: REGION,
        },
        annotations: {
          summary: 'Glue job etl-orders is failing',
          runbook_url: expect.stringMatching(/\/docs\/runbooks\/GlueJobFailing\.md$/),
        },
      });
      expect(alertsNamed('GlueJobRunFailed')).toHaveLength(1);

      await first.stop('SIGKILL');
      const second = await startDaemon({ config });
      await second.ready();
      prometheus.scrapeInstead(second.url);
      await eventually('a scrape of the new exporter', async () => {
        const seen = await prometheus.series(`up == 1 and on (instance) up{instance="${new URL(second.url).host}"}`);
        return Object.keys(seen).length > 0 ? true : undefined;
      });
      await prometheus.stop();
      const before = await received(alertmanager);
      await startPrometheus(prometheusProgram, second.url, options);
      await eventually('an alert of the new Prometheus', async () =>
        (await received(alertmanager)) > before ? true : undefined,
      );
      expect(told).toHaveLength(2);

      later.unshift(ended('jr_good', 'SUCCEEDED', nowSeconds()));
      await eventually('that it is resolved', () =>
        alertsNamed('GlueJobFailing').some(({ status }) => status === 'resolved') ? true : undefined,
      );
      expect(alertsNamed('GlueJobFailing').map(({ labels, status }) => [labels.job_name, status])).toEqual([
        ['etl-orders', 'firing'],
        ['etl-orders', 'resolved'],
      ]);
    });
  });
});
