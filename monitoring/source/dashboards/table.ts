import { TableSortByFieldStateBuilder } from '@grafana/grafana-foundation-sdk/common';
import { type DynamicConfigValue, MappingType } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table';
import type { DataLink } from './links.ts';
import { type Frame, framed, type PanelBuilder, refIdOf, rowsNow, type Steps, thresholdsOf } from './panels.ts';
import { stateTexts } from './states.ts';

interface ColumnLook {
  readonly title: string;
  readonly width?: number;
  readonly links?: readonly DataLink[];
  /** How cells look: text in the colour of its threshold or of the state that it is, or a bar. */
  readonly look?: 'colored' | 'state' | 'bar';
  /** Not shown, but there for links and to bring its labels. */
  readonly hidden?: boolean;
}

/** A column that is a label of the series. */
interface LabelColumn extends ColumnLook {
  readonly from: { readonly label: string };
}

/**
 * A column of numbers: the values of a query, or what is calculated from two other columns, or from one and a variable, so that what is
 * expensive to ask for is asked once.
 */
interface NumberColumn extends ColumnLook {
  readonly from:
    | { readonly expr: string }
    | { readonly left: string; readonly operator: '*' | '/'; readonly right: string };
  readonly unit: string;
  readonly decimals?: number;
  readonly thresholds?: Steps;
  /** Texts in the place of values. */
  readonly texts?: Readonly<Record<string, { readonly text: string; readonly color: string }>>;
}

export type Column = LabelColumn | NumberColumn;

export interface TableSpec extends Omit<Frame, 'overrides' | 'thresholds' | 'unit' | 'decimals' | 'mappings'> {
  readonly columns: readonly Column[];
  /** The title of the column that it is sorted by. */
  readonly sortBy: string;
  readonly order?: 'largest first' | 'smallest first';
  /** The title of a column without which a row is left out. */
  readonly only?: string;
}

const COLORED: DynamicConfigValue = { id: 'custom.cellOptions', value: { type: 'color-text' } };
const BAR: DynamicConfigValue = {
  id: 'custom.cellOptions',
  value: { type: 'gauge', mode: 'basic', valueDisplayMode: 'text' },
};

const numberProperties = ({ unit, decimals, thresholds, texts }: NumberColumn): DynamicConfigValue[] => [
  { id: 'unit', value: unit },
  ...(decimals === undefined ? [] : [{ id: 'decimals', value: decimals }]),
  ...(thresholds === undefined ? [] : [{ id: 'thresholds', value: thresholdsOf(thresholds).build() }]),
  ...(texts === undefined ? [] : [{ id: 'mappings', value: [{ type: MappingType.ValueToText, options: texts }] }]),
];

const propertiesOf = (column: Column): DynamicConfigValue[] => {
  const { title, width, links, look, hidden = false } = column;
  return [
    { id: 'displayName', value: title },
    ...('unit' in column ? numberProperties(column) : []),
    ...(width === undefined ? [] : [{ id: 'custom.width', value: width }]),
    ...(links === undefined ? [] : [{ id: 'links', value: links }]),
    ...(look === undefined ? [] : [look === 'bar' ? BAR : COLORED]),
    ...(look === 'state' ? [{ id: 'mappings', value: [stateTexts] }] : []),
    ...(hidden ? [{ id: 'custom.hidden', value: true }] : []),
  ];
};

/** What Grafana calls the fields behind the columns: those of queries by the query, when there are several. */
const fieldNames = (columns: readonly Column[]): ReadonlyMap<string, string> => {
  const values = columns.filter(({ from }) => 'expr' in from);
  return new Map(
    columns.map(column => {
      if ('label' in column.from) return [column.title, column.from.label];
      if ('left' in column.from) return [column.title, column.title];
      return [column.title, values.length === 1 ? 'Value' : `Value #${refIdOf(values.indexOf(column))}`];
    }),
  );
};

/**
 * A row for each set of labels, with the values that the columns' queries have for it at the end of the time range. Rows of different
 * queries are one when they agree in all labels that the queries have in common.
 */
export const table = ({ columns, sortBy, order = 'largest first', only, ...frame }: TableSpec): PanelBuilder => {
  const fields = fieldNames(columns);
  const fieldOf = (title: string): string => fields.get(title) ?? title;
  const panel = framed(new Table(), {
    ...frame,
    // Labels are texts, even those that look like numbers: account ids do.
    unit: 'string',
    overrides: columns.map(column => ({ name: fieldOf(column.title), properties: propertiesOf(column) })),
  })
    .targets(rowsNow(columns.flatMap(({ from }) => ('expr' in from ? [from.expr] : []))))
    .sortBy([new TableSortByFieldStateBuilder().displayName(sortBy).desc(order === 'largest first')])
    .withTransformation({ id: 'merge', options: {} });
  for (const { title, from } of columns) {
    if (!('left' in from)) continue;
    const binary = { left: fieldOf(from.left), operator: from.operator, right: fieldOf(from.right) };
    panel.withTransformation({ id: 'calculateField', options: { mode: 'binary', alias: title, binary } });
  }
  if (only !== undefined) {
    const filters = [{ fieldName: fieldOf(only), config: { id: 'isNotNull', options: {} } }];
    panel.withTransformation({ id: 'filterByValue', options: { type: 'include', match: 'all', filters } });
  }
  const indexByName = Object.fromEntries(columns.map(({ title }, index) => [fieldOf(title), index]));
  return panel.withTransformation({ id: 'organize', options: { excludeByName: { Time: true }, indexByName } });
};
