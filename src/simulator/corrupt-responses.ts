import type { DrawnFault, Fault, FaultKind } from './faults.ts';
import { bendsHistories } from './faulty-histories.ts';
import type { Json, JsonObject } from './world.ts';

/** What a fault makes of one run or definition of an answer: the fields that it replaces; undefined takes a field away. */
type Bend = (item: JsonObject, index: number, count: number) => JsonObject;

/** The members of answers that hold runs and definitions: lists of them, and single runs. */
const members = ['JobRuns', 'Runs', 'Jobs', 'JobRun', 'Run'] as const;

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !isList(value);

const isEnded = (run: JsonObject): boolean => run.CompletedOn !== undefined;

const dates = ['StartedOn', 'LastModifiedOn', 'CompletedOn'] as const;

const ofWrongType = (name: string, value: Json | undefined): Json => {
  if (name.endsWith('On')) return { not: 'a time' };
  return typeof value === 'string' ? 17 : 'not a number, nor an object';
};

const unknownValues: Readonly<Record<string, string>> = {
  JobRunState: 'HIBERNATING',
  Status: 'HIBERNATING',
  WorkerType: 'G.99X',
  ExecutionClass: 'SPOT',
};

const stateFields: readonly string[] = ['JobRunState', 'Status'];

const picked = (names: readonly string[], value: (name: string) => Json | undefined): JsonObject =>
  Object.fromEntries(names.map(name => [name, value(name)]));

const bendOf = ({ kind, fields }: Fault, hitsBefore: number): Bend | undefined => {
  switch (kind) {
    case 'malformed_run':
      return (run, index, count) =>
        index === hitsBefore % count ? picked(fields ?? ['StartedOn'], name => ofWrongType(name, run[name])) : {};
    case 'unknown_values':
      return item => {
        const usual = () => Object.keys(unknownValues).filter(name => !(isEnded(item) && stateFields.includes(name)));
        const present = (fields ?? usual()).filter(name => item[name] !== undefined);
        return picked(present, name => unknownValues[name] ?? 'UNHEARD_OF');
      };
    case 'missing_dates':
      return run => (isEnded(run) ? picked(fields ?? dates, () => undefined) : {});
    default:
      return undefined;
  }
};

const pagingKinds: readonly FaultKind[] = ['repeat_token', 'cycle_tokens', 'short_pages'];
const bendingKinds: readonly FaultKind[] = ['malformed_run', 'unknown_values', 'missing_dates'];

/** Whether a kind hits only when there is a good answer, with something in it to spoil. */
export const needsGoodAnswer = (kind: FaultKind): boolean =>
  pagingKinds.includes(kind) || bendingKinds.includes(kind) || bendsHistories(kind);

const bentAnswer = (answer: JsonObject, drawn: DrawnFault): JsonObject => {
  const bend = bendOf(drawn.fault, drawn.hitsBefore);
  const member = members.find(name => answer[name] !== undefined);
  const value = member === undefined ? undefined : answer[member];
  if (bend === undefined || member === undefined || value === undefined) return answer;
  const items = isList(value) ? value : [value];
  const replaced = items.map((item, index) => (isObject(item) ? bend(item, index, items.length) : {}));
  if (replaced.every(fields => Object.keys(fields).length === 0)) return answer;
  drawn.hit();
  const bent = items.map((item, index) => (isObject(item) ? { ...item, ...replaced[index] } : item));
  return { ...answer, [member]: isList(value) ? bent : bent[0] };
};

/** A good answer as the fault spoils it; says so when there was something to spoil. */
export const spoiltAnswer = (answer: JsonObject, drawn: DrawnFault): JsonObject => {
  // Such a page is spoilt already.
  if (pagingKinds.includes(drawn.fault.kind)) drawn.hit();
  return bentAnswer(answer, drawn);
};
