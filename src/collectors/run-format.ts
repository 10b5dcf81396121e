import {
  type Fields,
  fieldsOf,
  isWireObject,
  requiredObject,
  requiredObjects,
  UNKNOWN,
  type WireObject,
} from '../glue/fields.ts';
import type { Glue } from '../glue/glue.ts';
import type { Inputs, Operation } from '../glue/operations.ts';
import { nextTokenOf } from '../glue/pages.ts';
import type { RunPage } from '../runs/history.ts';
import { isInPast, type Run } from '../runs/run.ts';
import type { LatestRun } from './collector.ts';
import { errorsOf, type ReasonFields } from './run-errors.ts';

/** A run before its kind has read the rest of it. */
export interface WireRun {
  readonly id: string;
  /** The state as AWS reports it, known or not. */
  readonly reported: string;
  readonly isKnown: boolean;
  readonly ended: boolean;
  /** The run as AWS sent it. */
  readonly wire: WireObject;
}

/** The answer that contains a run. */
export interface RunAnswer {
  /** Reads fields of its runs. */
  readonly fields: Fields;
  /** Whether it contains a run with this id. */
  hasRun(id: string): boolean;
  /** Reports a value that this version does not know. */
  unknownValue(field: string, value: string): void;
}

/** How AWS writes the runs of a kind: the names of the fields that all runs have, their states, and a reader of the rest. */
export interface RunFormat<Definition, Facts> extends ReasonFields {
  readonly id: string;
  readonly state: string;
  readonly startedAt: string;
  readonly modifiedAt?: string;
  readonly completedAt: string;
  readonly activeStates: readonly string[];
  readonly endedStates: readonly string[];
  /** The `field` under which other states are counted in aws_glue_exporter_unknown_values_total: job_run_state. */
  readonly unknownState: string;
  /** The rest of a run. */
  read(
    run: WireRun,
    answer: RunAnswer,
    definition: Definition,
  ): Pick<Run<Facts>, 'verdict' | 'isProvisional' | 'facts'>;
  /** What people are shown of a failed or stopped run for which AWS has no message. */
  messageOf?(run: Run<Facts>): string | undefined;
}

/** Reads one page of a run history; `list` is the field with the runs. */
export const readRunPage = <Name extends Operation, Definition, Facts>(
  glue: Glue,
  format: RunFormat<Definition, Facts>,
  definition: Definition,
  call: { readonly operation: Name; readonly input: Inputs[Name]; readonly list: string },
): Promise<RunPage<Facts>> => {
  const { operation, input, list } = call;
  return glue.call(operation, input, (answer, answeredAt) => {
    const wires = requiredObjects(operation, list, answer[list]);
    return {
      ...readRuns({ glue, operation, answeredAt }, format, definition, wires),
      nextToken: nextTokenOf(operation, answer),
    };
  });
};

/** Reads one run by its id; `member` is the field with the run. Rejects with the reason not_found when AWS does not know it. */
export const readSingleRun = <Name extends Operation, Definition, Facts>(
  glue: Glue,
  format: RunFormat<Definition, Facts>,
  definition: Definition,
  call: { readonly operation: Name; readonly input: Inputs[Name]; readonly member: string },
): Promise<RunPage<Facts>> => {
  const { operation, input, member } = call;
  return glue.call(operation, input, (answer, answeredAt) => {
    const wire = requiredObject(operation, member, answer[member]);
    return { ...readRuns({ glue, operation, answeredAt }, format, definition, [wire]), nextToken: undefined };
  });
};

/** The newest run as a listing or batch call shows it; undefined where it is missing or malformed. */
export const latestRunOf = (
  format: Pick<RunFormat<never, unknown>, 'id' | 'state' | 'activeStates' | 'endedStates'>,
  wire: unknown,
): LatestRun | undefined => {
  if (!isWireObject(wire)) return undefined;
  const id = wire[format.id];
  const state = wire[format.state];
  if (typeof id !== 'string' || typeof state !== 'string') return undefined;
  return { id, state: isKnownState(format, state) ? state : UNKNOWN };
};

/** Where runs come from. */
interface Source {
  readonly glue: Glue;
  readonly operation: Operation;
  readonly answeredAt: number | undefined;
}

const readRuns = <Definition, Facts>(
  { glue, operation, answeredAt }: Source,
  format: RunFormat<Definition, Facts>,
  definition: Definition,
  wires: readonly WireObject[],
): Omit<RunPage<Facts>, 'nextToken'> => {
  const ids = new Set(wires.map(wire => wire[format.id]));
  const fields = fieldsOf(operation);
  const answer: RunAnswer = {
    fields,
    hasRun: id => ids.has(id),
    unknownValue: (field, value) => glue.observer.unknownValue(field, value),
  };
  const time = datesOf(glue, fields, answeredAt);
  const runs = wires.map(wire => readRun(format, wire, answer, time, definition));
  return { runs, errors: errorsOf(format, runs, wires, format.messageOf), answeredAt };
};

/**
 * Reads dates as AWS gave them. A date later than both the clock and the answer's own Date is reported as unknown value, but only once
 * the time is confirmed: before that, the clock may be wrong.
 */
const datesOf = (glue: Glue, read: Fields, answeredAt: number | undefined) => {
  const now = glue.isTimeConfirmed() ? Math.max(glue.now(), answeredAt ?? 0) : Number.POSITIVE_INFINITY;
  return (field: string, value: unknown): number | undefined => {
    const date = read.time(field, value);
    if (date !== undefined && !isInPast(date, now)) glue.observer.unknownValue('future_date', field);
    return date;
  };
};

const readRun = <Definition, Facts>(
  format: RunFormat<Definition, Facts>,
  wire: WireObject,
  answer: RunAnswer,
  time: Fields['time'],
  definition: Definition,
): Run<Facts> => {
  const { fields } = answer;
  const completedAt = time(format.completedAt, wire[format.completedAt]);
  const reported = fields.requiredText(format.state, wire[format.state]);
  const isKnown = isKnownState(format, reported);
  if (!isKnown) answer.unknownValue(format.unknownState, reported);
  // In an unknown state, only the completion says whether the run has ended.
  const ended = isKnown ? format.endedStates.includes(reported) : completedAt !== undefined;
  const id = fields.requiredText(format.id, wire[format.id]);
  const startedAt = time(format.startedAt, wire[format.startedAt]);
  const modifiedAt = format.modifiedAt === undefined ? undefined : time(format.modifiedAt, wire[format.modifiedAt]);
  const { verdict, isProvisional, facts } = format.read({ id, reported, isKnown, ended, wire }, answer, definition);
  return {
    id,
    state: isKnown ? reported : UNKNOWN,
    ended,
    verdict,
    startedAt,
    modifiedAt,
    completedAt,
    ...(isProvisional ? { isProvisional } : {}),
    facts,
  };
};

const isKnownState = (
  { activeStates, endedStates }: Pick<RunFormat<never, unknown>, 'activeStates' | 'endedStates'>,
  state: string,
): boolean => activeStates.includes(state) || endedStates.includes(state);
