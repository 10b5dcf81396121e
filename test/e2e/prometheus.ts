import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, http, type Running, run, temporaryFolder } from '../daemon.ts';
import { seriesKey } from '../exposition-parser.ts';

/** A Prometheus that scrapes every second. */
export interface Prometheus {
  /** The series that a selector finds, without the labels that Prometheus adds, and their values. */
  series(selector: string): Promise<Readonly<Record<string, number>>>;
  /** The values of a label. */
  labelValues(label: string): Promise<readonly unknown[]>;
  /** The exemplars of the series that a selector finds: their labels by the series' own. */
  exemplars(selector: string): Promise<Readonly<Record<string, unknown>>>;
  /** The data of any answer of its API, by the path behind /api/v1/. */
  api(path: string): Promise<unknown>;
  /** From now on it scrapes this address instead. */
  scrapeInstead(url: string): void;
  /** Ends as on SIGTERM, with everything on its disk. */
  stop(): Promise<void>;
}

export interface PrometheusOptions {
  /** Rule files, evaluated every second. */
  readonly rules?: readonly string[];
  /** Where its alerts are sent. */
  readonly alertmanager?: string;
  /** What an earlier one has left is found again; an empty one unless given. */
  readonly folder?: string;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Starts Prometheus on a free port; resolves when it is ready. */
export const startPrometheus = async (
  program: string,
  scraped: string,
  { rules = [], alertmanager, folder = temporaryFolder() }: PrometheusOptions = {},
): Promise<Prometheus> => {
  const targets = join(folder, 'targets.json');
  // In one step, lest half of it be read.
  const scrapeInstead = (url: string): void => {
    writeFileSync(`${targets}.new`, JSON.stringify([{ targets: [new URL(url).host] }]));
    renameSync(`${targets}.new`, targets);
  };
  scrapeInstead(scraped);
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    scrape_configs: [{ job_name: 'glue', file_sd_configs: [{ files: [targets], refresh_interval: '1s' }] }],
    rule_files: rules,
    ...(alertmanager === undefined
      ? {}
      : { alerting: { alertmanagers: [{ static_configs: [{ targets: [new URL(alertmanager).host] }] }] } }),
  };
  const file = join(folder, 'prometheus.yml');
  writeFileSync(file, JSON.stringify(config));
  const {
    process: child,
    written,
    onOutput,
    exit,
  } = run(program, [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    '--web.listen-address=127.0.0.1:0',
    '--log.level=info',
    '--enable-feature=exemplar-storage',
    // What is sent before Alertmanager is found gets lost, and is sent again after this. Without any news an alert ends after four times as long.
    '--rules.alert.resend-delay=5s',
  ]);
  // It is killed at the end, which is all right.
  exit.catch(() => {});
  const address = await listeningAddress('Prometheus', { written, onOutput, exit });

  const api = async (path: string): Promise<unknown> => {
    const { body } = await http(`http://${address}/api/v1/${path}`);
    const answer: unknown = JSON.parse(body.toString());
    if (!isObject(answer) || answer.status !== 'success') throw new Error(`Prometheus answered ${body}`);
    return answer.data;
  };
  await eventually('Prometheus', async () => {
    const { status } = await http(`http://${address}/-/ready`);
    return status === 200 ? true : undefined;
  }).catch(error => {
    throw new Error(`${error}\n${written.stdout}${written.stderr}`);
  });
  return {
    api,
    scrapeInstead,
    async stop() {
      child.kill('SIGTERM');
      await exit;
    },
    async series(selector) {
      const data = await api(`query?query=${encodeURIComponent(selector)}`);
      const result = isObject(data) && Array.isArray(data.result) ? data.result : [];
      return Object.fromEntries(result.map(seriesOf));
    },
    async labelValues(label) {
      const data = await api(`label/${label}/values`);
      return Array.isArray(data) ? data : [];
    },
    async exemplars(selector) {
      const data = await api(`query_exemplars?query=${encodeURIComponent(selector)}&start=0&end=9999999999`);
      return Object.fromEntries((Array.isArray(data) ? data : []).map(exemplarsOf));
    },
  };
};

/**
 * Where a program of Prometheus' family says that it listens, in any of its log formats: version 3 puts component=web between
 * message and address. Rejects with all output when the program ends before or takes too long.
 */
export const listeningAddress = (
  name: string,
  { written, onOutput, exit }: Pick<Running, 'written' | 'onOutput' | 'exit'>,
  patienceMs = 30_000,
): Promise<string> =>
  new Promise((resolve, reject) => {
    const settle = (): void => {
      clearTimeout(timer);
      stopListening();
    };
    const giveUp = (why: string): void => {
      settle();
      reject(new Error(`${name} ${why}:\n${written.stdout}${written.stderr}`));
    };
    const look = (): void => {
      const found = /msg="?Listening on\b.* address="?(127\.0\.0\.1:\d+)["\s]/.exec(written.stderr)?.[1];
      if (found === undefined) return;
      settle();
      resolve(found);
    };
    const timer = setTimeout(() => giveUp(`does not listen after ${patienceMs / 1000}s`), patienceMs);
    const stopListening = onOutput(look);
    exit.then(
      () => giveUp('has ended'),
      error => giveUp(`could not be started: ${error}`),
    );
  });

/** Starts Alertmanager on a free port; it tells a webhook of every alert by itself, at once, and of its end. Resolves with its address. */
export const startAlertmanager = async (program: string, webhook: string): Promise<string> => {
  const folder = temporaryFolder();
  const file = join(folder, 'alertmanager.yml');
  const route = { receiver: 'test', group_by: ['...'], group_wait: '0s', group_interval: '1s', repeat_interval: '1h' };
  const receivers = [{ name: 'test', webhook_configs: [{ url: webhook, send_resolved: true }] }];
  writeFileSync(file, JSON.stringify({ route, receivers }));
  const running = run(program, [
    `--config.file=${file}`,
    `--storage.path=${join(folder, 'data')}`,
    '--web.listen-address=127.0.0.1:0',
    '--cluster.listen-address=',
  ]);
  running.exit.catch(() => {});
  return `http://${await listeningAddress('Alertmanager', running)}`;
};

const exemplarsOf = (found: unknown): [key: string, exemplars: unknown] => {
  if (!isObject(found) || !isObject(found.seriesLabels)) throw new Error('no exemplars');
  return [keyOf(found.seriesLabels), found.exemplars];
};

const keyOf = ({ __name__, job: _job, instance: _instance, ...rest }: Readonly<Record<string, unknown>>): string => {
  const labels = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, `${value}`]));
  return seriesKey({ name: `${__name__}`, labels });
};

const seriesOf = (found: unknown): [key: string, value: number] => {
  if (!isObject(found) || !isObject(found.metric) || !Array.isArray(found.value)) throw new Error('no instant vector');
  return [keyOf(found.metric), Number(found.value[1])];
};
