import type { Kind } from '../kinds.ts';
import { type PanelBuilder, stat } from './panels.ts';
import { ofOne } from './scope.ts';

/** A number of the one entity that a dashboard is about. */
export const gaugeOf = (kind: Kind, name: string): string => `max(${ofOne(kind)(kind.metric(name))})`;

/** A stat of the first line. */
export const SMALL = { width: 4, height: 4 } as const;

const WHEN = { unit: 'dateTimeFromNow', noValue: 'none known' } as const;

/** `how` says which runs have failed, in words that follow "When a run last ended". */
export const lastFailure = (kind: Kind, how: string): PanelBuilder =>
  stat({
    ...SMALL,
    ...WHEN,
    title: 'Last failure',
    description: `When a run last ended ${how} The first poll reads only recent runs.`,
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
    description: `When a run last started, and when one last ended, whatever came of it. A ${kind.words.one} that nothing starts fails nowhere.`,
    width: 4,
    height: 5,
    queries: [
      { expr: `1000 * ${gaugeOf(kind, 'last_run_start_timestamp_seconds')}`, legend: 'started' },
      { expr: `1000 * ${gaugeOf(kind, 'last_completed_run_completion_timestamp_seconds')}`, legend: 'ended' },
    ],
  });
