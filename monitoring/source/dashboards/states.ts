import { type DynamicConfigValue, MappingType, type ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import type { JOB_STATES } from '../../../src/collectors/jobs/states.ts';
import type { ActionState, WorkflowOutcome } from '../../../src/collectors/workflows/outcome.ts';
import type { WORKFLOW_STATUSES } from '../../../src/collectors/workflows/states.ts';
import { KINDS } from '../kinds.ts';

type State = (typeof JOB_STATES)[number] | (typeof WORKFLOW_STATUSES)[number] | ActionState | WorkflowOutcome;

const GREY = '#8e8e8e';

/** Colours by what a state means: green is done, red failed, blue is at work, yellow waits, grey is nobody's fault. */
const COLORS: Readonly<Record<State, string>> = {
  WAITING: 'yellow',
  STARTING: 'light-blue',
  RUNNING: 'blue',
  STOPPING: 'light-purple',
  STOPPED: GREY,
  SUCCEEDED: 'green',
  FAILED: 'red',
  TIMEOUT: 'orange',
  ERROR: 'dark-red',
  EXPIRED: 'dark-orange',
  // Of a workflow; it says only that nothing runs any more.
  COMPLETED: 'light-green',
  UNKNOWN: 'purple',
  running: 'blue',
  waiting: 'yellow',
  succeeded: 'green',
  failed: 'red',
  errored: 'dark-red',
  timeout: 'orange',
  stopped: GREY,
  not_run: 'light-yellow',
  nothing_ran: 'dark-yellow',
  no_statistics: 'purple',
};

/** Colours of results that have none of their own above. */
const BY_VERDICT = [
  ['success', 'green'],
  ['failure', 'red'],
  ['stopped', GREY],
  ['other', 'purple'],
] as const;
const colors = new Map<string, string>([
  ...KINDS.flatMap(kind =>
    BY_VERDICT.flatMap(([verdict, color]) => kind.resultsWith(verdict).map(result => [result, color] as const)),
  ),
  ...Object.entries(COLORS),
]);

const colorOf = (state: string): string => colors.get(state) ?? GREY;

/** The series that a state names, in its colour. */
export const stateColors = (
  states: readonly string[],
): readonly { readonly name: string; readonly properties: DynamicConfigValue[] }[] =>
  states.map(state => ({
    name: state,
    properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: colorOf(state) } }],
  }));

/** Texts that are states, in their colours: for columns of tables. */
export const stateTexts: ValueMapping = {
  type: MappingType.ValueToText,
  options: Object.fromEntries(
    Object.entries(COLORS).map(([state, color], index) => [state, { text: state, color, index }]),
  ),
};

/**
 * The state that holds, as a number: its place in a list, from `first` on. A state set has a series for each state, and panels that
 * show one value over time need one.
 */
export const stateNumber = (states: readonly string[], first: number, seriesOf: (state: string) => string): string =>
  `max(\n    ${states.map((state, index) => `${first + index} * (${seriesOf(state)} == 1)`).join('\n  or\n    ')}\n)`;

/** Back from the number to the state. */
export const stateNumbers = (states: readonly string[], first: number): ValueMapping => ({
  type: MappingType.ValueToText,
  options: Object.fromEntries(
    states.map((state, index) => [`${first + index}`, { text: state, color: colorOf(state), index: first + index }]),
  ),
});
