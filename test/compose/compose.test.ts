import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { ruleFiles } from '../../monitoring/source/rules/files.ts';
import { isAlert } from '../../monitoring/source/rules/rule.ts';
import { anywhere } from '../../monitoring/source/site.ts';
import { parseFlags } from '../../src/commands/flags.ts';
import { run, temporaryFolder } from '../daemon.ts';
import { pathOf, read } from '../docs/pages.ts';
import { describeWith, tool } from '../tools.ts';

const FOLDER = 'monitoring/compose';
const file = (name: string): string => pathOf(`${FOLDER}/${name}`);

/** Only what is used: a typing error anywhere is refused. */
const service = z.strictObject({
  image: z.string(),
  build: z.string().optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  volumes: z.array(z.string()).optional(),
  ports: z.array(z.string()),
  depends_on: z.array(z.string()).optional(),
  read_only: z.boolean().optional(),
  cap_drop: z.array(z.string()).optional(),
  security_opt: z.array(z.string()).optional(),
});
const { services, volumes } = z
  .strictObject({
    name: z.string(),
    services: z.record(z.string(), service),
    volumes: z.record(z.string(), z.null()),
  })
  .parse(parse(read(`${FOLDER}/compose.yaml`)));

const mountsOf = (name: string): readonly (readonly [from: string, to: string])[] =>
  (services[name]?.volumes ?? []).map(mount => {
    const [from = '', to = ''] = mount.split(':');
    return [from, to] as const;
  });

const prometheus = z
  .object({
    rule_files: z.array(z.string()),
    alerting: z.object({
      alertmanagers: z.array(z.object({ static_configs: z.array(z.object({ targets: z.array(z.string()) })) })),
    }),
    scrape_configs: z.array(
      z.object({ job_name: z.string(), static_configs: z.array(z.object({ targets: z.array(z.string()) })) }),
    ),
  })
  .parse(parse(read(`${FOLDER}/prometheus.yml`)));

describe('the compose file', () => {
  test('mounts only what is there', () => {
    const mounts = Object.keys(services).flatMap(mountsOf);
    expect(mounts.length).toBeGreaterThan(5);
    const missing = mounts.filter(([from]) => (from.startsWith('.') ? !existsSync(file(from)) : !(from in volumes)));
    expect(missing).toEqual([]);
    expect(existsSync(join(file(services.exporter?.build ?? ''), 'Dockerfile'))).toBe(true);
  });

  test('has images of one version, but for the exporter, which it builds', () => {
    const images = Object.values(services).filter(({ build }) => build === undefined);
    expect(images.filter(({ image }) => !/:v?\d+\.\d+\.\d+$/.test(image))).toEqual([]);
  });

  test('listens on this machine only, each on a port of its own', () => {
    const ports = Object.values(services).flatMap(given => given.ports);
    expect(ports.filter(port => !/^127\.0\.0\.1:(\d+):\1$/.test(port))).toEqual([]);
    expect(new Set(ports).size).toBe(ports.length);
  });

  test('runs the demo, with flags that there are, where its README says that everything is', () => {
    expect(parseFlags(services.exporter?.command ?? []).command).toBe('demo');
    const readme = read(`${FOLDER}/README.md`);
    const ports = Object.values(services).flatMap(given => given.ports.map(port => port.split(':')[1]));
    expect([...readme.matchAll(/<http:\/\/localhost:(\d+)>/g)].map(([, port]) => port).sort()).toEqual(ports.sort());
  });

  test('has the names and ports by which its parts ask each other', () => {
    const listening = Object.entries(services).flatMap(([name, given]) =>
      given.ports.map(port => `${name}:${port.split(':')[2]}`),
    );
    const asked = [
      ...prometheus.scrape_configs.flatMap(job => job.static_configs.flatMap(({ targets }) => targets)),
      ...prometheus.alerting.alertmanagers.flatMap(job => job.static_configs.flatMap(({ targets }) => targets)),
    ].filter(target => !target.startsWith('localhost:'));
    expect(asked).toHaveLength(2);
    const { datasources } = parse(read(`${FOLDER}/grafana/provisioning/datasources/prometheus.yaml`));
    expect([...asked, new URL(datasources[0].url).host].filter(host => !listening.includes(host))).toEqual([]);
  });

  test('gives Grafana the folder of dashboards under the path that its provisioning reads', () => {
    const { providers } = parse(read(`${FOLDER}/grafana/provisioning/dashboards/aws-glue.yaml`));
    const mounts = new Map(mountsOf('grafana').map(([from, to]) => [to, from]));
    expect(mounts.get(providers[0].options.path)).toBe('../dashboards');
    expect(mounts.get('/etc/grafana/provisioning')).toBe('./grafana/provisioning');
  });
});

describeWith(tool('promtool'), "the compose file's Prometheus", promtool => {
  test('takes its configuration and all rules', async () => {
    const mounts = mountsOf('prometheus').filter(([from]) => from.startsWith('.'));
    const [, inContainer = ''] = mounts.find(([from]) => from.endsWith('.yml')) ?? [];
    expect(services.prometheus?.command).toContain(`--config.file=${inContainer}`);
    // As it is in the container, with the paths of this machine.
    const here = mounts.reduce((text, [from, to]) => text.replaceAll(to, file(from)), read(`${FOLDER}/prometheus.yml`));
    const config = join(temporaryFolder(), 'prometheus.yml');
    writeFileSync(config, here);
    const { code, stdout, stderr } = await run(promtool, ['check', 'config', config]).exit;
    expect(code, stderr).toBe(0);
    // All but the alert for every failed run.
    const rules = readdirSync(pathOf('monitoring/alerts')).filter(name => name !== 'failed-runs.yaml');
    expect(rules.length).toBeGreaterThan(3);
    expect(rules.filter(name => !stdout.includes(`${name}\n`))).toEqual([]);
    expect(stdout).not.toContain('failed-runs.yaml');
    expect(new Set(prometheus.rule_files.map(path => dirname(path)))).toEqual(new Set(['/etc/prometheus/rules']));
  });
});

describeWith(tool('amtool'), "the compose file's Alertmanager", amtool => {
  const alertmanager = file('alertmanager.yml');
  const receiverOf = async (...labels: readonly string[]): Promise<string> => {
    const { stdout } = await run(amtool, ['config', 'routes', 'test', `--config.file=${alertmanager}`, ...labels]).exit;
    return stdout.trim();
  };

  test('takes its configuration', async () => {
    const { code, stderr } = await run(amtool, ['check-config', alertmanager]).exit;
    expect(code, stderr).toBe(0);
  });

  test('routes every severity to a receiver of its own', async () => {
    expect(await receiverOf('severity=critical', 'alertname=GlueJobFailing')).toBe('wake');
    expect(await receiverOf('severity=warning', 'alertname=GlueJobRunSlow')).toBe('tell');
    expect(await receiverOf('severity=info', 'alertname=GlueDpuSpendUp')).toBe('look');
  });

  test('names only alerts that there are', () => {
    const alerts = ruleFiles(anywhere).flatMap(({ groups }) =>
      groups.flatMap(({ rules }) => rules.filter(isAlert).map(({ alert }) => alert)),
    );
    const named = read(`${FOLDER}/alertmanager.yml`).match(/\bGlue\w+/g) ?? [];
    expect(named.length).toBeGreaterThan(4);
    expect(named.filter(name => !alerts.includes(name))).toEqual([]);
  });
});
