import {
  CustomVariableBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { KINDS, type Kind } from '../kinds.ts';
import { variableOf } from './scope.ts';

/** Where panels and variables ask: whatever Prometheus is chosen on top of the dashboard. */
export const DATASOURCE = { type: 'prometheus', uid: `\${datasource}` };

export const datasource = (): DatasourceVariableBuilder =>
  new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus');

const found = (name: string, label: string, query: string): QueryVariableBuilder =>
  new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.NaturalAsc);

const ALL = { selected: true, text: ['All'], value: ['$__all'] };

/** Any number of them. All is one short pattern, however many there are, and holds for what has no account yet. */
const several = (variable: QueryVariableBuilder): QueryVariableBuilder =>
  variable.multi(true).includeAll(true).allValue('.*').current(ALL);

const ACCOUNTS = 'label_values(aws_glue_exporter_target_up, aws_account_id)';

export const accounts = (): QueryVariableBuilder => several(found('account', 'Account', ACCOUNTS));

export const regions = (): QueryVariableBuilder =>
  several(
    found('region', 'Region', 'label_values(aws_glue_exporter_target_up{aws_account_id=~"$account"}, aws_region)'),
  );

/** Exporters are few, and All is their list: other processes have metrics of the same names. */
export const instances = (): QueryVariableBuilder =>
  found('instance', 'Exporter', 'label_values(aws_glue_exporter_build_info, instance)')
    .multi(true)
    .includeAll(true)
    .current(ALL);

/** One account, one region in it, one entity in that: names are unique only there. */
export const oneOf = ({ title, labelNames }: Kind, metric: string): readonly QueryVariableBuilder[] => {
  const [label = ''] = labelNames;
  return [
    found('account', 'Account', `label_values(${metric}, aws_account_id)`),
    found('region', 'Region', `label_values(${metric}{aws_account_id="$account"}, aws_region)`),
    found(
      variableOf(label),
      title,
      `label_values(${metric}{aws_account_id="$account", aws_region="$region"}, ${label})`,
    ),
  ];
};

/** https://aws.amazon.com/glue/pricing: standard runs in most regions. */
const USD_PER_DPU_HOUR = '0.44';

export const price = (): TextBoxVariableBuilder =>
  new TextBoxVariableBuilder('price')
    .label('USD per DPU-hour')
    .description('What AWS charges for a DPU-hour. FLEX runs and memory-optimised workers have prices of their own.')
    .defaultValue(USD_PER_DPU_HOUR)
    .current({ selected: true, text: USD_PER_DPU_HOUR, value: USD_PER_DPU_HOUR });

/** Whether a success rate counts runs that somebody stopped. The states and outcomes that it adds to a pattern. */
export const stopped = (): CustomVariableBuilder =>
  new CustomVariableBuilder('stopped')
    .label('Stopped runs')
    .description(
      'Whether success rates count them as failures. Choose what stopped_is_failure says in the configuration of the exporter.',
    )
    .values(`left out : none, failures : ${KINDS.flatMap(kind => kind.resultsWith('stopped')).join('|')}`)
    .current({ selected: true, text: 'left out', value: 'none' });
