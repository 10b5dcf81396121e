import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';

const folder = new URL('../../monitoring/dashboards/', import.meta.url);

const datasource = z.object({ type: z.literal('prometheus'), uid: z.literal(`\${datasource}`) });

const target = z.object({
  refId: z.string(),
  expr: z.string(),
  datasource,
  instant: z.boolean(),
  range: z.boolean(),
  format: z.literal('table').optional(),
  legendFormat: z.string(),
});

const properties = z.array(z.object({ id: z.string(), value: z.unknown() }));

const gridPos = z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() });

const panel = z.object({
  id: z.number(),
  type: z.enum(['stat', 'timeseries', 'table', 'bargauge', 'state-timeline']),
  title: z.string(),
  description: z.string(),
  datasource,
  gridPos,
  interval: z.string().optional(),
  maxDataPoints: z.number().optional(),
  targets: z.array(target),
  fieldConfig: z.object({
    defaults: z.object({ unit: z.string() }),
    overrides: z.array(
      z.object({ matcher: z.object({ id: z.enum(['byName', 'byRegexp']), options: z.string() }), properties }),
    ),
  }),
});

const row = z.object({ id: z.number(), type: z.literal('row'), title: z.string(), gridPos });

const variable = z.discriminatedUnion('type', [
  z.object({ type: z.literal('datasource'), name: z.string(), query: z.literal('prometheus') }),
  z.object({ type: z.literal('textbox'), name: z.string(), query: z.string() }),
  z.object({
    type: z.literal('custom'),
    name: z.string(),
    query: z.string(),
    current: z.object({ value: z.string() }),
  }),
  z.object({
    type: z.literal('query'),
    name: z.string(),
    query: z.string(),
    datasource,
    multi: z.boolean(),
    includeAll: z.boolean(),
    allValue: z.string().optional(),
  }),
]);

const dashboard = z.object({
  uid: z.string(),
  title: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  schemaVersion: z.number(),
  refresh: z.string(),
  time: z.object({ from: z.string(), to: z.string() }),
  templating: z.object({ list: z.array(variable) }),
  links: z.array(z.object({ title: z.string(), type: z.enum(['dashboards', 'link']), url: z.string().optional() })),
  panels: z.array(z.discriminatedUnion('type', [row, panel])),
});

export type Dashboard = z.infer<typeof dashboard>;
export type Panel = z.infer<typeof panel>;
export type Target = z.infer<typeof target>;
export type Variable = z.infer<typeof variable>;

/** The dashboards as they are delivered; throws when one is not what Grafana reads, or asks another data source than the chosen one. */
export const readDashboards = (): readonly Dashboard[] =>
  readdirSync(folder).map(file => dashboard.parse(JSON.parse(readFileSync(new URL(file, folder), 'utf8'))));

/** Values that stand for any, of all variables of all dashboards. */
export const anyValues = (): ReadonlyMap<string, string> =>
  new Map(readDashboards().flatMap(({ templating }) => templating.list.map(({ name }) => [name, '1'] as const)));

/** The panels that ask something. */
export const panelsOf = ({ panels }: Dashboard): readonly Panel[] => panels.filter(each => each.type !== 'row');

/** What is set for a column or series of a panel. */
export const linksOf = ({ fieldConfig }: Panel): readonly string[] =>
  fieldConfig.overrides.flatMap(({ properties }) =>
    properties.flatMap(({ id, value }) =>
      id === 'links'
        ? z
            .array(z.object({ url: z.string() }))
            .parse(value)
            .map(({ url }) => url)
        : [],
    ),
  );
