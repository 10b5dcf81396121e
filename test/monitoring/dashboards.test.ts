import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { EXPECTED_EMPTY } from '../../monitoring/source/dashboards/expected-empty.ts';
import { KINDS } from '../../monitoring/source/kinds.ts';
import { eventually, startDaemon } from '../daemon.ts';
import { type Prometheus, startPrometheus } from '../e2e/prometheus.ts';
import { describeWith, tool } from '../tools.ts';
import { anyValues, type Dashboard, linksOf, type Panel, panelsOf, readDashboards } from './dashboard-json.ts';
import { type Choices, type Question, questionOf, type TimeRange, valuesOf } from './grafana.ts';
import { knownMetrics, SCRAPE_LABELS } from './known-metrics.ts';
import { promqlNames } from './promql-names.ts';

const dashboards = readDashboards();

/** Every query of every panel, and what it is called. */
const queries = dashboards.flatMap(dashboard =>
  panelsOf(dashboard).flatMap(panel =>
    panel.targets.map(target => ({
      name: `${dashboard.uid} / ${panel.title} / ${target.refId}`,
      dashboard,
      panel,
      target,
    })),
  ),
);

const titlesWhere = (isWrong: (panel: Panel, dashboard: Dashboard) => boolean): readonly string[] =>
  dashboards.flatMap(dashboard =>
    panelsOf(dashboard)
      .filter(panel => isWrong(panel, dashboard))
      .map(({ title }) => `${dashboard.uid} / ${title}`),
  );

/** Of all dashboards in these tests; Prometheus has not much more. */
const RANGE: TimeRange = { seconds: 300, scrapeSeconds: 1 };
const anything = anyValues();

describe('the dashboards', () => {
  test('are four, found by their tag, of the last day, and refresh every minute', () => {
    expect(dashboards.map(({ uid }) => uid).sort()).toEqual([
      'aws-glue-exporter',
      'aws-glue-job',
      'aws-glue-overview',
      'aws-glue-workflow',
    ]);
    for (const { tags, refresh, time } of dashboards) {
      expect({ tags, refresh, time }).toEqual({
        tags: ['aws-glue'],
        refresh: '1m',
        time: { from: 'now-24h', to: 'now' },
      });
    }
  });

  test('say of every panel what it shows, and in which unit', () => {
    expect(titlesWhere(({ description }) => !/^[A-Z].{20,}\.$/.test(description))).toEqual([]);
    expect(titlesWhere(({ fieldConfig }) => fieldConfig.defaults.unit === '')).toEqual([]);
    for (const dashboard of dashboards) {
      const titles = panelsOf(dashboard).map(({ title }) => title);
      expect([...new Set(titles)]).toEqual(titles);
    }
  });

  test('have tables whose columns are numbers with a unit, or labels of their series, which are texts', () => {
    const tables = queries.filter(({ panel }) => panel.type === 'table');
    expect(new Set(tables.map(({ panel }) => panel.fieldConfig.defaults.unit))).toEqual(new Set(['string']));
    const wrong = tables.flatMap(({ name, panel }) => {
      const labels = panel.targets.flatMap(target => {
        const { grouping, made } = promqlNames(questionOf(panel, target, anything, RANGE).expr);
        return [...grouping, ...made];
      });
      return panel.fieldConfig.overrides
        .filter(({ properties }) => !properties.some(({ id }) => id === 'unit'))
        .filter(({ matcher }) => !labels.includes(matcher.options))
        .map(({ matcher }) => `${name}: ${matcher.options}`);
    });
    expect(wrong).toEqual([]);
  });

  test('have no panels that overlap, or that leave the grid', () => {
    for (const { panels } of dashboards) {
      const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, index) => `${x + (index % w)}/${y + Math.floor(index / w)}`),
      );
      expect(new Set(cells).size).toBe(cells.length);
      expect(Math.max(...panels.map(({ gridPos }) => gridPos.x + gridPos.w))).toBe(24);
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    }
  });

  test('use metrics and labels that exist', async () => {
    const known = await knownMetrics();
    const labels = new Set([...SCRAPE_LABELS, ...[...known.values()].flat()]);
    const wrong = queries.flatMap(({ name, panel, target }) => {
      const { selectors, grouping, made } = promqlNames(questionOf(panel, target, anything, RANGE).expr);
      return [
        ...selectors.flatMap(({ metric, labels: matched }) => {
          const own = known.get(metric);
          if (own === undefined) return [`${name}: ${metric} does not exist`];
          return matched
            .filter(label => !own.includes(label) && !SCRAPE_LABELS.includes(label))
            .map(label => `${name}: ${metric} has no label ${label}`);
        }),
        ...grouping
          .filter(label => !labels.has(label) && !made.includes(label))
          .map(label => `${name}: nothing has a label ${label}`),
      ];
    });
    expect(wrong).toEqual([]);
  });

  test('have every query that is known to find nothing, and a reason for it', () => {
    expect(EXPECTED_EMPTY.filter(({ query }) => !queries.some(({ name }) => name === query))).toEqual([]);
    expect(EXPECTED_EMPTY.filter(({ because }) => because === '')).toEqual([]);
  });

  test('link to dashboards and variables that exist', () => {
    const urls = dashboards.flatMap(dashboard => panelsOf(dashboard).flatMap(linksOf));
    expect(urls.length).toBeGreaterThan(0);
    const kinds = urls.flatMap(url =>
      KINDS.map(({ words }) => words.one).map(kind =>
        url.replaceAll(/\$\{__(?:data\.fields|field\.labels)\.kind\}/g, kind),
      ),
    );
    for (const url of kinds) {
      const [, uid] = /^\/d\/([\w-]+)\?/.exec(url) ?? [];
      const variables = dashboards.find(each => each.uid === uid)?.templating.list.map(({ name }) => name);
      expect(variables, url).toEqual(expect.arrayContaining([...url.matchAll(/var-(\w+)=/g)].map(([, name]) => name)));
    }
  });
});

const vector = z.object({
  result: z.array(
    z.object({
      metric: z.record(z.string(), z.string()),
      value: z.tuple([z.number(), z.string()]).optional(),
      values: z.array(z.tuple([z.number(), z.string()])).optional(),
    }),
  ),
});

/** The labels of the series that a query finds, of those that have a number. */
type Found = readonly Readonly<Record<string, string>>[];

const ask = async ({ api }: Prometheus, { expr, stepSeconds }: Question): Promise<Found> => {
  const query = encodeURIComponent(expr);
  const end = Date.now() / 1000;
  // Whole steps before the end, so that the end itself is asked for.
  const points = Math.floor(RANGE.seconds / (stepSeconds ?? 1));
  const { result } = vector.parse(
    stepSeconds === undefined
      ? await api(`query?query=${query}&time=${end}`)
      : await api(`query_range?query=${query}&start=${end - points * stepSeconds}&end=${end}&step=${stepSeconds}`),
  );
  return result
    .filter(({ value, values = [] }) =>
      [...(value ? [value] : []), ...values].some(([, text]) => Number.isFinite(Number(text))),
    )
    .map(({ metric }) => metric);
};

const labelValuesOf =
  ({ api }: Prometheus): Choices['labelValues'] =>
  async (selector, label) =>
    z.array(z.string()).parse(await api(`label/${label}/values?match[]=${encodeURIComponent(selector)}`));

/** The labels that links, legends and columns of a panel take from its series. */
const labelsNeeded = (panel: Panel, legend: string): readonly string[] => [
  ...linksOf(panel).flatMap(url =>
    [...url.matchAll(/__(?:data\.fields|field\.labels)\.(\w+)/g)].map(([, label = '']) => label),
  ),
  ...[...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label),
];

/** The demo's runs end every minute or two. */
const PATIENCE_MS = 180_000;

/** How the variables of all dashboards are chosen: as they are when one opens, and each by hand. */
const choicesIn = async (prometheus: Prometheus): Promise<readonly Choices['choose'][]> => {
  // Of the demo's jobs and workflows, those that have something to tell of everything that can be told.
  const told = async (expr: string, label: string): Promise<string> =>
    eventually(
      expr,
      async () => (await ask(prometheus, { expr, stepSeconds: undefined })).find(labels => label in labels)?.[label],
      PATIENCE_MS,
    );
  const entity = new Map([
    [
      'job',
      await told('increase(aws_glue_job_runs_total{job_name=~".+-heartbeat", state="SUCCEEDED"}[5m]) > 0', 'job_name'),
    ],
    [
      'workflow',
      await told('aws_glue_workflow_max_concurrent_runs{workflow_name=~".+-microbatch-.+"}', 'workflow_name'),
    ],
  ]);
  return [variable => entity.get(variable), (variable, found) => entity.get(variable) ?? found.slice(0, 2)];
};

describeWith(tool('prometheus'), 'the dashboards on the demo', prometheusPath => {
  test('find something with every query, but for those that are expected to be empty', {
    timeout: 2 * PATIENCE_MS,
  }, async () => {
    const demo = await startDaemon({ args: ['demo'] });
    await demo.ready();
    const prometheus = await startPrometheus(prometheusPath, demo.url);
    // Series are there before the scrape that brings them is.
    await eventually('a scrape', async () => Object.keys(await prometheus.series('up == 1')).length === 1 || undefined);

    const asked = [];
    const found = new Map<string, readonly string[]>();
    for (const choose of await choicesIn(prometheus)) {
      for (const dashboard of dashboards) {
        const noting: Choices['choose'] = (variable, names) => {
          found.set(variable, names);
          return choose(variable, names);
        };
        const values = await valuesOf(dashboard, { labelValues: labelValuesOf(prometheus), choose: noting });
        const own = queries.filter(query => query.dashboard === dashboard);
        asked.push(...own.map(query => ({ ...query, question: questionOf(query.panel, query.target, values, RANGE) })));
      }
    }
    expect(Object.fromEntries(found)).toEqual({
      account: ['123456789012'],
      region: ['eu-west-1'],
      job: expect.arrayContaining(['etl-orders-hourly', 'stream-clickstream-events', 'adhoc-schema-migration']),
      workflow: expect.arrayContaining(['finance-closing', 'adhoc-backfill']),
      instance: [new URL(demo.url).host],
    });
    expect([found.get('job')?.length, found.get('workflow')?.length]).toEqual([60, 12]);

    const isExpectedEmpty = ({ name }: { readonly name: string }) => EXPECTED_EMPTY.some(({ query }) => query === name);

    const labelless = new Set<string>();
    let empty = asked.filter(each => !isExpectedEmpty(each));
    const askAgain = async () => {
      const still = [];
      for (const each of empty) {
        const answer = await ask(prometheus, each.question);
        if (answer.length === 0) still.push(each);
        for (const label of labelsNeeded(each.panel, each.target.legendFormat)) {
          if (answer.some(labels => !(label in labels))) labelless.add(`${each.name} has no label ${label}`);
        }
      }
      empty = still;
      return empty.length === 0 || undefined;
    };
    await eventually('something for every query', askAgain, PATIENCE_MS).catch(() => {});
    expect(empty.map(({ name, question }) => `${name}: ${question.expr}`)).toEqual([]);
    expect([...labelless]).toEqual([]);

    const unexpected = [];
    for (const each of asked.filter(isExpectedEmpty)) {
      if ((await ask(prometheus, each.question)).length > 0) unexpected.push(each.name);
    }
    expect(unexpected).toEqual([]);
  });
});
