import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import type { GraphSpec, Override, Steps } from './panels.ts';

/** Graphs over all jobs read tens of thousands of series for each point. */
export const OVER_ALL: Pick<GraphSpec, 'points' | 'interval'> = { points: 100, interval: '1m' };

/** What ended, in bars that can be counted. */
export const COUNTED = {
  unit: 'short',
  decimals: 0,
  look: 'bars',
  stacked: true,
  calcs: ['sum'],
  points: 200,
  interval: '1m',
} as const satisfies Partial<GraphSpec>;

/** Of runs, those that succeeded. The first colour is also that of what is not known, so it is neither green nor red. */
export const RATE = {
  unit: 'percentunit',
  decimals: 1,
  noValue: 'no runs ended',
  thresholds: [
    [null, 'text'],
    [0, 'red'],
    [0.9, 'orange'],
    [0.98, 'green'],
  ],
} as const satisfies Partial<GraphSpec>;

/** How many there are of what should not be there at all; the first colour is that of what is not known. */
export const NONE_IS_GOOD: Steps = [
  [null, 'orange'],
  [0, 'green'],
  [1, 'red'],
];

const colored = (color: string): DynamicConfigValue => ({ id: 'color', value: { mode: 'fixed', fixedColor: color } });

/** The series of this name, in a colour of its own. */
export const inColor = (name: string, color: string): Override => ({ name, properties: [colored(color)] });

/** The series of this name, as a dashed line that is stacked on nothing. */
export const asLimit = (name: string): Override => ({
  name,
  properties: [
    colored('red'),
    { id: 'custom.lineStyle', value: { fill: 'dash', dash: [8, 8] } },
    { id: 'custom.fillOpacity', value: 0 },
    { id: 'custom.stacking', value: { mode: 'none', group: 'B' } },
  ],
});
