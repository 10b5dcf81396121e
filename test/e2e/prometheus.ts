import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, http, run, temporaryFolder } from '../daemon.ts';
import { seriesKey } from '../exposition-parser.ts';

/** A Prometheus that scrapes one address every second. */
export interface Prometheus {
  /** The series that a selector finds, without the labels that Prometheus adds, and their values. */
  series(selector: string): Promise<Readonly<Record<string, number>>>;
  /** The values of a label. */
  labelValues(label: string): Promise<readonly unknown[]>;
  /** The exemplars of the series that a selector finds: their labels by the series' own. */
  exemplars(selector: string): Promise<Readonly<Record<string, unknown>>>;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Starts Prometheus on a free port with an empty database; resolves when it is ready. */
export const startPrometheus = async (program: string, scraped: string): Promise<Prometheus> => {
  const folder = temporaryFolder();
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s' },
    scrape_configs: [{ job_name: 'glue', static_configs: [{ targets: [new URL(scraped).host] }] }],
  };
  const file = join(folder, 'prometheus.yml');
  writeFileSync(file, JSON.stringify(config));
  const { written, onOutput, exit } = run(program, [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    '--web.listen-address=127.0.0.1:0',
    '--log.level=info',
    '--enable-feature=exemplar-storage',
  ]);
  // It is killed at the end, which is all right.
  exit.catch(() => {});
  const address = await new Promise<string>((resolve, reject) => {
    const look = () => {
      const found = /msg="?Listening on"? address=(127\.0\.0\.1:\d+)/.exec(written.stderr)?.[1];
      if (found === undefined) return;
      stop();
      resolve(found);
    };
    const stop = onOutput(look);
    exit.then(() => reject(new Error(`Prometheus has ended:\n${written.stderr}`)), reject);
  });

  const api = async (path: string): Promise<unknown> => {
    const { body } = await http(`http://${address}/api/v1/${path}`);
    const answer: unknown = JSON.parse(body.toString());
    if (!isObject(answer) || answer.status !== 'success') throw new Error(`Prometheus answered ${body}`);
    return answer.data;
  };
  await eventually('Prometheus', async () => {
    const { status } = await http(`http://${address}/-/ready`);
    return status === 200 ? true : undefined;
  });
  return {
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
