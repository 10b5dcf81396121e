import { ruleFiles } from '../../monitoring/source/rules/files.ts';
import { isAlert } from '../../monitoring/source/rules/rule.ts';
import { anywhere } from '../../monitoring/source/site.ts';
import { collectors } from '../../src/collectors/index.ts';
import { createTelemetry } from '../../src/metrics/telemetry.ts';
import { parseExposition } from '../exposition-parser.ts';

const TARGET_LABELS = ['aws_account_id', 'aws_region'];

/** Labels that Prometheus and its operator give to every series. */
export const SCRAPE_LABELS = ['job', 'instance', 'namespace', 'pod', 'container', 'endpoint', 'service', 'node'];

const glueMetrics = collectors.flatMap(({ families, labelNames: entity }) =>
  families.map(({ name, labelNames }) => [name, [...TARGET_LABELS, ...entity, ...labelNames]] as const),
);

const telemetry = createTelemetry({ version: '', nodeVersion: '' });
const ownMetrics = telemetry.headers.map(({ name, labelNames }) => [name, labelNames] as const);

/** What prom-client tells of the process. */
const processMetrics = async (): Promise<readonly (readonly [string, readonly string[]])[]> =>
  parseExposition(await telemetry.render('text', 0))
    .filter(({ name }) => /^(process|nodejs)_/.test(name))
    .flatMap(({ samples }) => samples.map(({ name, labels }) => [name, Object.keys(labels)] as const));

/** Series that rules record have the labels of what they are about. */
const recorded = ruleFiles(anywhere)
  .flatMap(({ groups }) => groups.flatMap(({ rules }) => rules))
  .flatMap(rule =>
    isAlert(rule) ? [] : [[rule.record, [...TARGET_LABELS, ...collectors.flatMap(each => each.labelNames)]] as const],
  );

/** All metrics that the exporter exposes or rules record, and `up`, with the labels of their own. */
export const knownMetrics = async (): Promise<ReadonlyMap<string, readonly string[]>> =>
  new Map([...glueMetrics, ...ownMetrics, ...(await processMetrics()), ...recorded, ['up', []]]);
