// The series that the rules read, for an account of so many jobs: what the exporter exposes, and what the rules have recorded.

const ACCOUNTS = 10;
const STATES = ['STARTING', 'RUNNING', 'STOPPING', 'WAITING'];
const MINUTE = 60;
const HOUR = 3600;
const DAY = 24 * HOUR;

const scrapeLabels = 'job="glue",namespace="monitoring",service="glue"';
const place = index => `aws_account_id="${111122223300 + (index % ACCOUNTS)}",aws_region="eu-west-1"`;
/** Labels that are one exporter's own. The rules aggregate them away. */
const INSTANCE = 'instance="glue-0:14583",pod="glue-0",container="exporter",endpoint="http-metrics"';

/** @typedef {{ name: string, labels: string, valueAt: (seconds: number) => number | undefined }} Series */

/** Every fifth job fails now and then, one in a hundred is failing, one in ten is active. Each succeeds once an hour. */
const exposedOf = (kind, index, now) => {
  const label = `${kind}_name="${kind}-${`${index}`.padStart(5, '0')}",${place(index)},team="data"`;
  const offset = (index * 7) % HOUR;
  const success = seconds => (index % 100 === 0 ? now - 2 * DAY : seconds - ((seconds - offset) % HOUR));
  const failure = seconds => seconds - ((seconds - offset) % (5 * HOUR)) - (index % 100 === 0 ? 0 : 1800);
  const series = [
    [`aws_glue_${kind}_last_success_timestamp_seconds`, '', success],
    index % 5 === 0 ? [`aws_glue_${kind}_last_failure_timestamp_seconds`, '', failure] : [],
  ];
  const active = index % 10 === 0;
  if (kind === 'workflow') {
    series.push(active ? ['aws_glue_workflow_oldest_active_run_start_timestamp_seconds', '', () => now - 300] : [], [
      'aws_glue_workflow_last_completed_run_duration_seconds',
      '',
      () => 600 + index,
    ]);
  } else {
    series.push(
      ['aws_glue_job_info', `,job_type="${index % 200 === 0 ? 'gluestreaming' : 'glueetl'}"`, () => 1],
      ...STATES.map(state => [
        'aws_glue_job_active_runs',
        `,state="${state}"`,
        () => (active && state === 'RUNNING' ? 1 : 0),
      ]),
      ['aws_glue_job_active_retries', '', () => (index % 1000 === 0 ? 1 : 0)],
      ['aws_glue_job_active_dpus', '', () => (active ? 10 : 0)],
      active ? ['aws_glue_job_oldest_active_run_start_timestamp_seconds', '', () => now - 300] : [],
      active ? ['aws_glue_job_oldest_executing_run_start_timestamp_seconds', '', () => now - 300] : [],
      ['aws_glue_job_timeout_seconds', '', () => 172_800],
      ['aws_glue_job_max_concurrent_runs', '', () => 1 + (index % 3)],
      ['aws_glue_job_last_completed_run_execution_seconds', '', () => 300 + (index % 600)],
      ['aws_glue_job_last_completed_run_queue_seconds', '', () => 30],
      ['aws_glue_job_last_completed_run_completion_timestamp_seconds', '', success],
      [
        'aws_glue_job_dpu_seconds_total',
        ',source="estimated"',
        seconds => 3000 * Math.floor((seconds - offset) / HOUR),
      ],
    );
  }
  return series
    .filter(([name]) => name !== undefined)
    .map(([name, more, valueAt]) => ({ name, labels: `${label}${more},${scrapeLabels},${INSTANCE}`, valueAt }));
};

const ownOf = now => {
  const ofTarget = Array.from({ length: ACCOUNTS }, (_, index) => `${place(index)},${scrapeLabels},${INSTANCE}`);
  const own = `${scrapeLabels},${INSTANCE}`;
  const always = (name, labels, value) => ({ name, labels, valueAt: () => value });
  return [
    always('aws_glue_exporter_build_info', `version="1",${own}`, 1),
    always('aws_glue_exporter_shards', own, 1),
    always('aws_glue_exporter_shard_ordinal', own, 0),
    ...ofTarget.flatMap(labels => [
      always('aws_glue_exporter_target_up', labels, 1),
      ...['jobs', 'workflows'].flatMap(collector => [
        always('aws_glue_exporter_collector_up', `${labels},collector="${collector}"`, 1),
        always('aws_glue_exporter_last_successful_poll_timestamp_seconds', `${labels},collector="${collector}"`, now),
        ...['definitions', 'runs'].flatMap(data => [
          always(
            'aws_glue_exporter_oldest_read_timestamp_seconds',
            `${labels},collector="${collector}",data="${data}"`,
            now,
          ),
          always('aws_glue_exporter_read_age_limit_seconds', `${labels},collector="${collector}",data="${data}"`, 600),
        ]),
      ]),
    ]),
  ];
};

const recordedOf = (kind, index) => {
  const labels = `${kind}_name="${kind}-${`${index}`.padStart(5, '0')}",${place(index)},team="data",job="glue",namespace="monitoring"`;
  const prefix = `aws_glue:${kind}`;
  return [
    { name: `${prefix}_success_gap_seconds:seen`, labels, valueAt: () => HOUR },
    { name: `${prefix}_success_gap_seconds:max15d`, labels, valueAt: () => HOUR },
    { name: `${prefix}_run_duration_seconds:last`, labels, valueAt: () => 300 + (index % 600) },
    { name: `${prefix}_run_duration_seconds:p95_7d`, labels, valueAt: () => 300 + (index % 600) },
  ];
};

const kinds = jobs => [
  ...Array.from({ length: jobs }, (_, index) => ['job', index]),
  ...Array.from({ length: Math.ceil(jobs / 20) }, (_, index) => ['workflow', index]),
];

/** What a scrape finds: everything that any rule reads. */
export const exposed = (jobs, now) => [
  ...kinds(jobs).flatMap(([kind, index]) => exposedOf(kind, index, now)),
  ...ownOf(now),
];

/** What rules recorded once an hour. */
export const recorded = jobs => kinds(jobs).flatMap(([kind, index]) => recordedOf(kind, index));

/** The usage of each account, recorded once a minute. */
export const usage = () =>
  Array.from({ length: ACCOUNTS }, (_, index) => ({
    name: 'aws_glue:dpu_usage',
    labels: `${place(index)},team="data",job="glue",namespace="monitoring"`,
    valueAt: seconds => 100 + (seconds % 3600) / 100,
  }));

/** Of the exposed series, those that are backfilled for the whole history and not only for half an hour. */
export const isLong = ({ name }) => /_last_(success|failure)_timestamp_seconds$|_exporter_/.test(name);

export { DAY, HOUR, MINUTE };
