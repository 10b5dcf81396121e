import type { Catalogue } from './accounts.ts';
import { ApiError, invalidInput } from './api-error.ts';
import type { FaultyHistory } from './faulty-histories.ts';
import { pageWithInversions } from './inverted-pairs.ts';
import type {
  EntityBatch,
  EntityList,
  NewestRun,
  RunBatch,
  RunList,
  SingleRun,
  WireKind,
  WireOperation,
} from './kinds/kind.ts';
import { memberInErrors } from './kinds/known-operation.ts';
import { mergedHistory } from './merged-history.ts';
import { type Input, type Page, type PagingContext, paged } from './paging.ts';
import type { Question } from './request.ts';
import { definitionOf, type JsonObject, type SimulatedEntity } from './world.ts';

/** What an answer depends on besides the question. */
export interface GlueContext extends PagingContext {
  /** Simulated epoch seconds. */
  readonly at: number;
  /** How histories of runs are shown; as they are unless given. */
  readonly history?: FaultyHistory;
}

/** A request for one kind of entity. */
interface Asked {
  readonly kind: WireKind;
  readonly input: Input;
  readonly context: GlueContext;
}

const isRecord = (value: unknown): value is Input =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isText = (value: unknown): value is string => typeof value === 'string';

const requiredName = (input: Input, member: string): string => {
  const name = input[member];
  if (!isText(name) || name.length < 1 || name.length > 255) {
    throw invalidInput(`1 validation error detected: Value at '${member}' must have a length between 1 and 255`);
  }
  return name;
};

const requiredNames = (input: Input, member: string, most: number): readonly string[] => {
  const value = input[member];
  const names = Array.isArray(value) ? value.filter(isText) : [];
  if (names.length < 1 || names.length > most) {
    const where = memberInErrors(member);
    throw invalidInput(`1 validation error detected: Value at '${where}' must have between 1 and ${most} members`);
  }
  return names;
};

const exists = (entity: SimulatedEntity, at: number): boolean => entity.exists?.(at) ?? true;

const asShown = (entity: SimulatedEntity, { history }: GlueContext): SimulatedEntity => history?.of(entity) ?? entity;

/** An entity with its history as it is to be shown. */
const find = (name: string, { kind, context }: Asked): SimulatedEntity | undefined => {
  const known = context.region.catalogue(kind).byName.get(name);
  const entity = known === undefined ? undefined : asShown(known, context);
  return entity !== undefined && exists(entity, context.at) ? entity : undefined;
};

/** The texts are ours: of EntityNotFoundException the API reference says only "A specified entity does not exist". */
const notFound = (what: string, name: string): ApiError =>
  new ApiError('EntityNotFoundException', `${what} with name ${name} not found.`);

/** An entity, or the error for one that does not exist. */
const existing = (name: string, asked: Asked): SimulatedEntity => {
  const entity = find(name, asked);
  if (entity === undefined) throw notFound(asked.kind.one, name);
  return entity;
};

/** Entities by name, after a name: one that comes or goes while somebody is paging moves nothing. */
const entityPage =
  (catalogue: Catalogue, at: number, isWanted: (entity: SimulatedEntity) => boolean) =>
  (cursor: string | undefined, limit: number): Page<SimulatedEntity> => {
    const after = catalogue.sorted.filter(
      entity => (cursor === undefined || entity.name > cursor) && exists(entity, at) && isWanted(entity),
    );
    const items = after.slice(0, limit);
    return { items, cursor: after.length > limit ? items.at(-1)?.name : undefined };
  };

const definitionWith = (entity: SimulatedEntity, at: number, newest: NewestRun | undefined): JsonObject => {
  const definition = definitionOf(entity, at);
  if (newest === undefined) return definition;
  const run = entity.newest(at);
  return { ...definition, [newest.member]: run === undefined ? undefined : (newest.shown?.(run) ?? run) };
};

const listEntities = (operation: EntityList, { kind, input, context }: Asked): JsonObject => {
  const { name, answer, most, shows, newest } = operation;
  const given = operation.tags === undefined ? undefined : input[operation.tags];
  const tags = isRecord(given) ? Object.entries(given) : [];
  const isWanted = (entity: SimulatedEntity) => tags.every(([key, value]) => entity.tags?.[key] === value);
  const read = entityPage(context.region.catalogue(kind), context.at, isWanted);
  const { items, NextToken } = paged(input, context, { scope: `${name}/${JSON.stringify(tags)}`, most }, read);
  const shown = items.map(entity =>
    shows === 'names' ? entity.name : definitionWith(asShown(entity, context), context.at, newest),
  );
  return { [answer]: shown, NextToken };
};

const getEntities = ({ of, answer, most, missing, newest }: EntityBatch, asked: Asked): JsonObject => {
  const names = requiredNames(asked.input, of, most);
  const found = names.flatMap(name => find(name, asked) ?? []);
  return {
    [answer]: found.map(entity => definitionWith(entity, asked.context.at, newest)),
    [missing]: names.filter(name => find(name, asked) === undefined),
  };
};

const existingOwners = ({ kind, context }: Asked): readonly SimulatedEntity[] =>
  context.region
    .catalogue(kind)
    .sorted.map(entity => asShown(entity, context))
    .filter(entity => exists(entity, context.at));

/** The number at a path of an input, if there is one. */
const numberAt = (input: Input, path: readonly string[]): number | undefined => {
  const value = path.reduce<unknown>((inner, member) => (isRecord(inner) ? inner[member] : undefined), input);
  return typeof value === 'number' ? value : undefined;
};

/** The history that a list pages through: that of the named entity, or one of all entities. */
const listedHistory = (
  { of, startedAfter = [] }: RunList,
  asked: Asked,
): { history: SimulatedEntity; scope: string } => {
  if (of !== undefined) {
    const name = requiredName(asked.input, of);
    return { history: existing(name, asked), scope: name };
  }
  const from = numberAt(asked.input, startedAfter);
  return { history: mergedHistory(asked.kind, existingOwners(asked), from), scope: `${from}` };
};

const listRuns = (operation: RunList, asked: Asked): JsonObject => {
  const { input, context } = asked;
  const { name, answer, most, shown } = operation;
  const { history, scope } = listedHistory(operation, asked);
  const { items, NextToken } = paged(input, context, { scope: `${name}/${scope}`, most }, (cursor, limit) => {
    const page = pageWithInversions(history, context.history?.inversionSeconds ?? 0, context.at, cursor, limit);
    return { items: page.runs, cursor: page.cursor };
  });
  return { [answer]: shown === undefined ? items : items.map(run => shown(run)), NextToken };
};

const getRuns = ({ ids, answer, most, missing }: RunBatch, asked: Asked): JsonObject => {
  const wanted = requiredNames(asked.input, ids, most);
  const history = mergedHistory(asked.kind, existingOwners(asked));
  const runOf = (id: string): JsonObject | undefined => history.run(asked.context.at, id);
  return {
    [answer]: wanted.map(runOf).filter(run => run !== undefined),
    [missing]: wanted.filter(id => runOf(id) === undefined),
  };
};

/**
 * A run as the history shows it. What the history no longer shows is not found: the references of GetJobRuns and
 * GetWorkflowRun say that runs are accessible for 90 days (that of GetJobRun says 365), and nothing of single runs beyond.
 */
const getRun = ({ of, id: member, answer }: SingleRun, asked: Asked): JsonObject => {
  const entity = existing(requiredName(asked.input, of), asked);
  const id = requiredName(asked.input, member);
  const run = entity.run(asked.context.at, id);
  if (run === undefined) throw new ApiError('EntityNotFoundException', `Run ${id} of ${entity.name} not found.`);
  return { [answer]: run };
};

const answerOf = (operation: WireOperation, asked: Asked): JsonObject => {
  switch (operation.does) {
    case 'list entities':
      return listEntities(operation, asked);
    case 'get entities':
      return getEntities(operation, asked);
    case 'list runs':
      return listRuns(operation, asked);
    case 'get runs':
      return getRuns(operation, asked);
    case 'get run':
      return getRun(operation, asked);
  }
};

/** What Glue answers to a question; throws ApiError. */
export const answerGlue = ({ operation, known, input }: Question, context: GlueContext): JsonObject => {
  if (known === undefined) throw new ApiError('UnknownOperationException', `Unknown operation ${operation}`);
  if (input === undefined) throw new ApiError('SerializationException', 'The request is not JSON');
  if (!isRecord(input)) throw new ApiError('SerializationException', 'The request is not a JSON object');
  return answerOf(known.operation, { kind: known.kind, input, context });
};
