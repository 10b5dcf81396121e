import type { DrawnFault, Fault, FaultKind } from './faults.ts';
import { bendsHistories } from './faulty-histories.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import type { WireKind } from './kinds/kind.ts';
import type { KnownOperation } from './kinds/known-operation.ts';

/** What a fault makes of one run or definition of an answer: the fields that it replaces; undefined takes a field away. */
type Bend = (item: JsonObject, index: number, count: number) => JsonObject;

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

const isEnded = ({ run }: WireKind, item: JsonObject): boolean =>
  run !== undefined && item[run.completedOn] !== undefined;

const ofWrongType = ({ run }: WireKind, name: string, value: Json | undefined): Json => {
  if (run?.times.includes(name)) return { not: 'a time' };
  return typeof value === 'string' ? 17 : 'not a number, nor an object';
};

const picked = (names: readonly string[], value: (name: string) => Json | undefined): JsonObject =>
  Object.fromEntries(names.map(name => [name, value(name)]));

const bendOf = ({ kind: fault, fields }: Fault, kind: WireKind, hitsBefore: number): Bend | undefined => {
  const { run: names, unknownValues } = kind;
  switch (fault) {
    case 'malformed_run': {
      const malformed = fields ?? (names === undefined ? [] : [names.startedOn]);
      return (run, index, count) =>
        index === hitsBefore % count ? picked(malformed, name => ofWrongType(kind, name, run[name])) : {};
    }
    case 'unknown_values':
      return item => {
        const usual = () => Object.keys(unknownValues).filter(name => !(isEnded(kind, item) && name === names?.state));
        const present = (fields ?? usual()).filter(name => item[name] !== undefined);
        return picked(present, name => unknownValues[name] ?? 'UNHEARD_OF');
      };
    case 'missing_dates':
      return run => (isEnded(kind, run) ? picked(fields ?? names?.times ?? [], () => undefined) : {});
    default:
      return undefined;
  }
};

const pagingKinds: readonly FaultKind[] = ['repeat_token', 'cycle_tokens', 'short_pages'];
const bendingKinds: readonly FaultKind[] = ['malformed_run', 'unknown_values', 'missing_dates'];

/** Whether a kind hits only when there is a good answer, with something in it to spoil. */
export const needsGoodAnswer = (kind: FaultKind): boolean =>
  pagingKinds.includes(kind) || bendingKinds.includes(kind) || bendsHistories(kind);

const bentAnswer = (answer: JsonObject, { kind, operation }: KnownOperation, drawn: DrawnFault): JsonObject => {
  const bend = bendOf(drawn.fault, kind, drawn.hitsBefore);
  const member = operation.answer;
  const value = answer[member];
  if (bend === undefined || value === undefined) return answer;
  const items = isList(value) ? value : [value];
  const replaced = items.map((item, index) => (isObject(item) ? bend(item, index, items.length) : {}));
  if (replaced.every(fields => Object.keys(fields).length === 0)) return answer;
  drawn.hit();
  const bent = items.map((item, index) => (isObject(item) ? { ...item, ...replaced[index] } : item));
  return { ...answer, [member]: isList(value) ? bent : bent[0] };
};

/** A good answer as the fault spoils it; says so when there was something to spoil. */
export const spoiltAnswer = (answer: JsonObject, known: KnownOperation | undefined, drawn: DrawnFault): JsonObject => {
  // Such a page is spoilt already.
  if (pagingKinds.includes(drawn.fault.kind)) drawn.hit();
  return known === undefined ? answer : bentAnswer(answer, known, drawn);
};
