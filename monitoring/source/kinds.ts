import type { AnyCollector } from '../../src/collectors/collector.ts';
import { collectors } from '../../src/collectors/index.ts';
import { RESTARTED } from '../../src/collectors/jobs/states.ts';

/** Entities whose runs are meant to run forever. They never succeed, and how long they run says nothing. */
export interface Endless {
  /** One of them, with its article. */
  readonly words: string;
  /** The metric and the matcher that find them. */
  readonly metric: string;
  readonly matcher: string;
  /** The end state with which AWS restarts their runs. */
  readonly restartState: string;
}

/** What rules and dashboards know of a kind that its collector does not say. */
interface Particulars {
  readonly endless?: Endless;
  /** The status that AWS gives most runs although they failed. */
  readonly misleadingStatus?: string;
}

const PARTICULARS: Readonly<Record<string, Particulars>> = {
  jobs: {
    endless: {
      words: 'a streaming job',
      metric: 'aws_glue_job_info',
      matcher: 'job_type="gluestreaming"',
      restartState: RESTARTED,
    },
  },
  workflows: { misleadingStatus: 'COMPLETED' },
};

/** A collector of entities that have runs, as rules and dashboards see it. */
export interface Kind extends Particulars, Pick<AnyCollector, 'words' | 'labelNames' | 'consoleLink'> {
  /** As in the label `collector` of the exporter's own metrics. */
  readonly collector: string;
  /** As in names of alerts and titles: Job. */
  readonly title: string;
  /** Whether it has a metric: of jobs has('runs_total') is true. */
  has(name: string): boolean;
  /** The full name of a metric: of jobs metric('runs_total') is aws_glue_job_runs_total. Throws when there is none. */
  metric(name: string): string;
  /** The name of a series that rules record; those of jobs begin with aws_glue:job_. */
  recorded(name: string): string;
  /** The label that says how a run ended. */
  readonly resultLabel: string;
  /** How runs end with this verdict, as the collector orders them. */
  resultsWith(...verdicts: readonly AnyCollector['results'][number]['verdict'][]): readonly string[];
}

/** Every kind that is judged has this metric; what is before it is the beginning of all its metrics. */
const LAST_FAILURE = '_last_failure_timestamp_seconds';

/** Words at the beginning of a sentence or as a title. */
export const capitalized = (words: string): string => words.slice(0, 1).toUpperCase() + words.slice(1);

/** What rules and dashboards need of a collector. Throws when its metrics are not those of entities that have runs. */
export const kindOf = (collector: AnyCollector): Kind => {
  const { name, words, labelNames, consoleLink, families, results } = collector;
  const failure = families.find(family => family.name.endsWith(LAST_FAILURE));
  if (failure === undefined) throw new Error(`${name} has no metric …${LAST_FAILURE}`);
  const prefix = failure.name.slice(0, -LAST_FAILURE.length);
  const familyOf = (metric: string) => families.find(family => family.name === `${prefix}_${metric}`);
  const resultLabel = familyOf('runs_total')?.labelNames.at(-1);
  if (resultLabel === undefined) throw new Error(`${prefix}_runs_total has no label that says how a run ended`);
  return {
    ...PARTICULARS[name],
    words,
    labelNames,
    consoleLink,
    collector: name,
    title: words.one.split(' ').map(capitalized).join(''),
    has: metric => familyOf(metric) !== undefined,
    metric(metric) {
      if (familyOf(metric) === undefined) throw new Error(`${name} has no metric ${prefix}_${metric}`);
      return `${prefix}_${metric}`;
    },
    recorded: series => `${prefix.replace('aws_glue_', 'aws_glue:')}_${series}`,
    resultLabel,
    resultsWith: (...verdicts) => results.filter(({ verdict }) => verdicts.includes(verdict)).map(each => each.name),
  };
};

const kindNamed = (name: string): Kind => {
  const found = collectors.find(collector => collector.name === name);
  if (found === undefined) throw new Error(`there is no collector ${name}`);
  return kindOf(found);
};

export const JOBS = kindNamed('jobs');
export const WORKFLOWS = kindNamed('workflows');

/** The kinds that have alerts and are on the overview. A new one is one line here, with a runbook and a unit test for each alert. */
export const KINDS: readonly Kind[] = [JOBS, WORKFLOWS];

/** The metric with the start of the oldest active run; where runs queue, of those that have left the queue. */
export const activeStart = (kind: Kind): string =>
  kind.metric(`oldest_${isQueued(kind) ? 'executing' : 'active'}_run_start_timestamp_seconds`);

/** Whether runs can wait in a queue, which counts neither towards what is usual nor towards a timeout. */
export const isQueued = (kind: Kind): boolean => kind.has('oldest_executing_run_start_timestamp_seconds');

/** The metric with the seconds that the run took that ended last, without its time in a queue. */
export const lastDuration = (kind: Kind): string =>
  kind.metric(`last_completed_run_${isQueued(kind) ? 'execution' : 'duration'}_seconds`);

/** The labels that name an entity, those of its place included, as in by (…) or on (…). */
export const identity = ({ labelNames }: Kind): string => ['aws_account_id', 'aws_region', ...labelNames].join(', ');

/** Words in a list: "jobs and workflows"; "FAILED, TIMEOUT or ERROR". */
export const listed = (words: readonly string[], conjunction: 'and' | 'or'): string => {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} ${conjunction} ${last}`;
};

/** What the kinds are called together: jobs and workflows; in the singular, job or workflow. */
export const ALL_MANY = listed(
  KINDS.map(({ words }) => words.many),
  'and',
);
export const ANY_ONE = listed(
  KINDS.map(({ words }) => words.one),
  'or',
);
