// What the alert rules cost a Prometheus: `node bench/rules.mjs --help`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { parse, stringify } from 'yaml';
import { backfill } from './rules-history.mjs';
import { DAY, exposed, HOUR, isLong, MINUTE, recorded, usage } from './rules-series.mjs';

const HELP = `node bench/rules.mjs [options]: the CPU time that a Prometheus needs for the alert rules.

  --jobs=10000               Number of jobs; there is a workflow for every twenty of them.
  --hours=24                 History of scrapes, one a minute. What the rules recorded goes back 15 days in any case.
  --rules=monitoring/alerts  Folder of the rule files.
  --seconds=60               For how long groups are measured.
  --data=FOLDER              Keep the history here, and use it again when it is there.

It needs prometheus and promtool (apt-get install prometheus), some GB in the temporary folder, and about ten minutes.
Groups with the same interval are loaded together and evaluated every five seconds. The CPU time of the process in the meantime,
minus that without rules, divided by the evaluations, is the cost of one. There is one scrape a minute.
`;

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '10000' },
    hours: { type: 'string', default: '24' },
    rules: { type: 'string', default: 'monitoring/alerts' },
    seconds: { type: 'string', default: '60' },
    data: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const print = text => process.stdout.write(`${text}\n`);
if (values.help) {
  print(HELP);
  process.exit();
}

const TICKS_PER_SECOND = 100;
const EVERY_SECONDS = 5;
const UNIT = { s: 1, m: MINUTE, h: HOUR };
const secondsOf = duration => Number(duration.slice(0, -1)) * UNIT[duration.at(-1)];

const jobs = Number(values.jobs);
const folder = resolve(values.data ?? mkdtempSync(join(tmpdir(), 'rules-')));
const now = Math.floor(Date.now() / 1000 / MINUTE) * MINUTE;

const writeHistory = () => {
  const series = exposed(jobs, now);
  const step = MINUTE;
  const long = { from: now - Number(values.hours) * HOUR, to: now - HOUR / 2, block: 2 * HOUR };
  const short = { from: now - HOUR / 2, to: now, block: 2 * HOUR };
  const samples = [
    backfill({ folder, series: series.filter(isLong), step, ...long }),
    backfill({ folder, series, step, ...short }),
    backfill({ folder, series: recorded(jobs), from: now - 15 * DAY, to: now, step: HOUR, block: 54 * HOUR }),
    backfill({ folder, series: usage(), from: now - 8 * DAY, to: now, step: MINUTE, block: 54 * HOUR }),
  ];
  print(`backfilled ${samples.reduce((a, b) => a + b)} samples`);
};

/** Serves the series as they are now, without the labels that a scrape adds. */
const serve = async () => {
  const lines = exposed(jobs, now).map(({ name, labels, valueAt }) => {
    const own = labels.replace(/,?job="glue".*$/, '');
    return `${name}${own === '' ? '' : `{${own}}`} ${valueAt(now)}\n`;
  });
  const body = lines.join('');
  const server = createServer((_request, response) => response.end(body));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  print(`${lines.length} series, ${(body.length / 1e6).toFixed(0)} MB a scrape`);
  return server;
};

/** The groups of all files, those of failed-runs.yaml apart, by interval. */
const classesOf = rules => {
  const classes = new Map();
  for (const file of readdirSync(rules)) {
    for (const group of parse(readFileSync(join(rules, file), 'utf8')).groups) {
      const interval = group.interval ?? '1m';
      const name = file === 'failed-runs.yaml' ? `${interval}, ${file}` : interval;
      const found = classes.get(name) ?? { interval, groups: [] };
      classes.set(name, { interval, groups: [...found.groups, group] });
    }
  }
  return classes;
};

const writeConfig = (port, groups) => {
  const labels = {
    namespace: 'monitoring',
    service: 'glue',
    pod: 'glue-0',
    container: 'exporter',
    endpoint: 'http-metrics',
    instance: 'glue-0:14583',
  };
  writeFileSync(
    join(folder, 'rules.yml'),
    stringify({ groups: groups.map(group => ({ ...group, interval: `${EVERY_SECONDS}s` })) }),
  );
  writeFileSync(
    join(folder, 'prometheus.yml'),
    stringify({
      global: { scrape_interval: '60s', scrape_timeout: '30s', evaluation_interval: '60s' },
      scrape_configs: [{ job_name: 'glue', static_configs: [{ targets: [`127.0.0.1:${port}`], labels }] }],
      rule_files: [join(folder, 'rules.yml')],
    }),
  );
};

const startPrometheus = async port => {
  writeConfig(port, []);
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      // Blocks stay as they are: a compaction would be measured, too.
      '--storage.tsdb.min-block-duration=2h',
      '--storage.tsdb.max-block-duration=2h',
      '--storage.tsdb.retention.time=30d',
      '--web.listen-address=127.0.0.1:0',
      '--web.enable-lifecycle',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const address = await new Promise((found, failed) => {
    let log = '';
    child.stderr.setEncoding('utf8').on('data', text => {
      log += text;
      const match = /msg="?Listening on\b.* address="?(127\.0\.0\.1:\d+)["\s]/.exec(log);
      if (match) found(match[1]);
    });
    child.once('exit', () => failed(new Error(`Prometheus has ended:\n${log}`)));
  });
  while ((await fetch(`http://${address}/-/ready`)).status !== 200) await sleep(500);
  return { child, address };
};

/** CPU seconds of a process so far. */
const cpuOf = pid => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
};

/** Values of a metric of Prometheus itself, by group. */
const ofGroups = async (address, name) => {
  const text = await (await fetch(`http://${address}/metrics`)).text();
  const lines = [...text.matchAll(new RegExp(`^${name}\\{rule_group="[^;]*;([^"]+)"\\} (\\S+)$`, 'gm'))];
  return new Map(lines.map(([, group, value]) => [group, Number(value)]));
};
const sum = map => [...map.values()].reduce((a, b) => a + b, 0);

const query = async (address, expr) => {
  const { data } = await (await fetch(`http://${address}/api/v1/query?query=${encodeURIComponent(expr)}`)).json();
  return data.result;
};

/** How long the slowest rules took the last time. */
const slowestRules = async address => {
  const { data } = await (await fetch(`http://${address}/api/v1/rules`)).json();
  return data.groups
    .flatMap(({ rules }) => rules)
    .sort((a, b) => b.evaluationTime - a.evaluationTime)
    .slice(0, 4);
};

const measure = async ({ child, address }, port, groups) => {
  writeConfig(port, groups);
  const { status } = await fetch(`http://${address}/-/reload`, { method: 'POST' });
  if (status !== 200) throw new Error(`reload: ${status}`);
  await sleep(3 * EVERY_SECONDS * 1000);
  const iterations = 'prometheus_rule_group_iterations_total';
  const [evaluated, cpuBefore] = [await ofGroups(address, iterations), cpuOf(child.pid)];
  await sleep(Number(values.seconds) * 1000);
  const cpu = cpuOf(child.pid) - cpuBefore;
  const evaluations = (sum(await ofGroups(address, iterations)) - sum(evaluated)) / groups.length;
  return {
    cpu,
    evaluations,
    failures: sum(await ofGroups(address, 'prometheus_rule_evaluation_failures_total')),
    durations: await ofGroups(address, 'prometheus_rule_group_last_duration_seconds'),
    rules: await slowestRules(address),
  };
};

if (!readdirSync(join(folder), { withFileTypes: true }).some(entry => entry.name === 'data')) writeHistory();
const server = await serve();
const { port } = server.address();
const prometheus = await startPrometheus(port);
try {
  while ((await query(prometheus.address, 'count(aws_glue_job_info{instance="glue-0:14583"})')).length === 0)
    await sleep(1000);
  await sleep(60_000);
  const idle = await measure(prometheus, port, []);
  print(`without rules: ${idle.cpu.toFixed(2)} s of CPU in ${values.seconds} s`);
  let perMinute = 0;
  for (const [name, { interval, groups }] of classesOf(values.rules)) {
    const { cpu, evaluations, failures, durations, rules } = await measure(prometheus, port, groups);
    const each = Math.max(0, cpu - idle.cpu) / evaluations;
    const inMinute = (each * 60) / secondsOf(interval);
    perMinute += inMinute;
    print(
      `every ${name}: ${each.toFixed(2)} s of CPU each time, ${inMinute.toFixed(3)} s per minute (${evaluations.toFixed(0)} evaluations, ${failures} failures)`,
    );
    for (const [group, seconds] of durations) print(`  ${group}: ${seconds.toFixed(3)} s`);
    for (const { name: rule, evaluationTime } of rules) print(`    ${rule}: ${evaluationTime.toFixed(3)} s`);
  }
  print(`all rules: ${perMinute.toFixed(2)} s of CPU per minute`);
} finally {
  prometheus.child.kill('SIGTERM');
  await once(prometheus.child, 'exit');
  server.close();
  if (values.data === undefined) rmSync(folder, { recursive: true });
}
