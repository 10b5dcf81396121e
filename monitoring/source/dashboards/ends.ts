import type { Kind } from '../rules/entities.ts';
import { type PanelBuilder, stat } from './panels.ts';
import { ofJob, ofWorkflow } from './scope.ts';

/** A number of the one job or workflow that a dashboard is about. */
export const gaugeOf = ({ word }: Kind, name: string): string =>
  `max(${(word === 'job' ? ofJob : ofWorkflow)(`aws_glue_${word}_${name}`)})`;

/** A stat of the first line. */
export const SMALL = { width: 4, height: 4 } as const;

const WHEN = { unit: 'dateTimeFromNow', noValue: 'none known' } as const;

export const lastFailure = (kind: Kind): PanelBuilder =>
  stat({
    ...SMALL,
    ...WHEN,
    title: 'Last failure',
    description:
      kind.word === 'job'
        ? 'When a run last ended as FAILED, ERROR, TIMEOUT or EXPIRED, with stopped_is_failure also as STOPPED. EXPIRED is no failure of a streaming job: AWS restarts its run. The first poll reads only recent runs.'
        : 'When a run last ended of which an action failed, errored or timed out. The first poll reads only recent runs.',
    queries: [{ expr: `1000 * ${gaugeOf(kind, 'last_failure_timestamp_seconds')}`, legend: '' }],
  });

export const lastSuccess = (kind: Kind): PanelBuilder =>
  stat({
    ...SMALL,
    ...WHEN,
    title: 'Last success',
    description: 'When a run that succeeded last ended. The first poll reads only recent runs.',
    queries: [{ expr: `1000 * ${gaugeOf(kind, 'last_success_timestamp_seconds')}`, legend: '' }],
  });

export const startedAndEnded = (kind: Kind): PanelBuilder =>
  stat({
    ...WHEN,
    title: 'Last start and end',
    description: `When a run last started, and when one last ended, whatever came of it. A ${kind.word} that nothing starts fails nowhere.`,
    width: 4,
    height: 5,
    queries: [
      { expr: `1000 * ${gaugeOf(kind, 'last_run_start_timestamp_seconds')}`, legend: 'started' },
      { expr: `1000 * ${gaugeOf(kind, 'last_completed_run_completion_timestamp_seconds')}`, legend: 'ended' },
    ],
  });
