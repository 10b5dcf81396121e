import type { Catalogue, Region } from './accounts.ts';
import { ApiError, invalidInput } from './api-error.ts';
import type { FaultKind } from './faults.ts';
import type { FaultyHistory } from './faulty-histories.ts';
import { pageWithInversions } from './inverted-pairs.ts';
import { decodeToken, encodeToken } from './page-token.ts';
import { definitionOf, type JsonObject, type SimulatedEntity } from './world.ts';

export type Input = Readonly<Record<string, unknown>>;

/** What an answer depends on besides the question. */
export interface GlueContext {
  readonly region: Region;
  /** Simulated epoch seconds. */
  readonly at: number;
  /**
   * How many items a page gets of those asked for: MaxResults is "the maximum size of the response" (API reference), and
   * nothing says that a page is full or has anything at all before the last one.
   */
  readonly pageSize: (asked: number) => number;
  /** Paging heeds those kinds that spoil it. */
  readonly fault: FaultKind | undefined;
  /** How histories of runs are shown; as they are unless given. */
  readonly history?: FaultyHistory;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly cursor?: string | undefined;
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

const limitOf = (input: Input, most: number): number => {
  const asked = input.MaxResults ?? Math.min(100, most);
  if (typeof asked !== 'number' || !Number.isInteger(asked) || asked < 1 || asked > most) {
    throw invalidInput(`1 validation error detected: Value at 'maxResults' must be between 1 and ${most}`);
  }
  return asked;
};

const exists = (entity: SimulatedEntity, at: number): boolean => entity.exists?.(at) ?? true;

/** A job or workflow with its history as it is to be shown. */
const find = <E extends SimulatedEntity>(
  catalogue: Catalogue<E>,
  name: string,
  { at, history }: GlueContext,
): E | undefined => {
  const known = catalogue.byName.get(name);
  const entity = known === undefined || history === undefined ? known : history.of(known);
  return entity !== undefined && exists(entity, at) ? entity : undefined;
};

/** One page of any list, its NextToken included. */
const paged = <T>(
  input: Input,
  context: GlueContext,
  list: { readonly scope: string; readonly most: number },
  read: (cursor: string | undefined, limit: number) => Page<T>,
): { readonly items: readonly T[]; readonly NextToken: string | undefined } => {
  const scope = `${context.region.accountId}/${context.region.name}/${list.scope}`;
  const limit = limitOf(input, list.most);
  const token = input.NextToken === null || input.NextToken === '' ? undefined : input.NextToken;
  if (token !== undefined && !isText(token)) throw invalidInput('Invalid NextToken');
  const { page, cursor } = token === undefined ? { page: 0, cursor: '' } : decodeToken(scope, token);
  const { fault } = context;
  if (fault === 'expire_token' && token !== undefined) throw invalidInput('NextToken has expired');
  // Of the two pages that lead to each other, one is the list's first.
  const start = cursor === '' || (fault === 'cycle_tokens' && page % 2 === 0) ? undefined : cursor;
  const size = context.pageSize(limit);
  // A page of nothing leads back to where it started.
  const { items, cursor: next } = size > 0 ? read(start, size) : { items: [], cursor: start ?? '' };
  const tokenOf = (toPage: number, to: string): string => encodeToken(scope, { page: toPage, cursor: to });
  const nextToken = next === undefined ? undefined : tokenOf(page + 1, next);
  if (fault === 'repeat_token') return { items, NextToken: token ?? nextToken ?? tokenOf(1, '') };
  if (fault === 'cycle_tokens') {
    return { items, NextToken: page === 0 ? (nextToken ?? tokenOf(1, '')) : tokenOf(page === 1 ? 2 : 1, cursor) };
  }
  return { items, NextToken: nextToken };
};

/** Entities by name, after a name: one that comes or goes while somebody is paging moves nothing. */
const entityPage =
  <E extends SimulatedEntity>(catalogue: Catalogue<E>, at: number, wanted: (entity: E) => boolean = () => true) =>
  (cursor: string | undefined, limit: number): Page<E> => {
    const after = catalogue.sorted.filter(
      entity => (cursor === undefined || entity.name > cursor) && exists(entity, at) && wanted(entity),
    );
    const items = after.slice(0, limit);
    return { items, cursor: after.length > limit ? items.at(-1)?.name : undefined };
  };

const runPage = (
  entity: SimulatedEntity,
  input: Input,
  context: GlueContext,
  list: { readonly scope: string; readonly most: number },
) =>
  paged(input, context, list, (cursor, limit) => {
    const page = pageWithInversions(entity, context.history?.inversionSeconds ?? 0, context.at, cursor, limit);
    return { items: page.runs, cursor: page.cursor };
  });

/** The texts are ours: of EntityNotFoundException the API reference says only "A specified entity does not exist". */
const notFound = (what: string, name: string): ApiError =>
  new ApiError('EntityNotFoundException', `${what} with name ${name} not found.`);

/** A job or workflow, or the error for one that does not exist. */
const existing = <E extends SimulatedEntity>(
  what: string,
  catalogue: Catalogue<E>,
  name: string,
  context: GlueContext,
): E => {
  const entity = find(catalogue, name, context);
  if (entity === undefined) throw notFound(what, name);
  return entity;
};

/**
 * A run as the history shows it. What the history no longer shows is not found: the references of GetJobRuns and
 * GetWorkflowRun say that runs are accessible for 90 days (that of GetJobRun says 365), and nothing of single runs beyond.
 */
const existingRun = (entity: SimulatedEntity, input: Input, at: number): JsonObject => {
  const id = requiredName(input, 'RunId');
  const run = entity.run(at, id);
  if (run === undefined) throw new ApiError('EntityNotFoundException', `Run ${id} of ${entity.name} not found.`);
  return run;
};

type Operation = (input: Input, context: GlueContext) => JsonObject;

/** The limits are those of the Glue API reference; GetTags and everything that changes something are left out. */
const operations: Readonly<Record<string, Operation>> = {
  GetJobs: (input, context) => {
    const { items, NextToken } = paged(
      input,
      context,
      { scope: 'GetJobs', most: 1000 },
      entityPage(context.region.jobs, context.at),
    );
    return { Jobs: items.map(job => definitionOf(job, context.at)), NextToken };
  },

  ListJobs: (input, context) => {
    const tags = isRecord(input.Tags) ? Object.entries(input.Tags) : [];
    const read = entityPage(context.region.jobs, context.at, job =>
      tags.every(([key, value]) => job.tags[key] === value),
    );
    const { items, NextToken } = paged(input, context, { scope: `ListJobs/${JSON.stringify(tags)}`, most: 1000 }, read);
    return { JobNames: items.map(job => job.name), NextToken };
  },

  GetJobRuns: (input, context) => {
    const name = requiredName(input, 'JobName');
    const job = existing('Job', context.region.jobs, name, context);
    const { items, NextToken } = runPage(job, input, context, { scope: `GetJobRuns/${name}`, most: 200 });
    return { JobRuns: items, NextToken };
  },

  // PredecessorsIncluded makes no difference here: PredecessorRuns are part of every run.
  GetJobRun: (input, context) => {
    const job = existing('Job', context.region.jobs, requiredName(input, 'JobName'), context);
    return { JobRun: existingRun(job, input, context.at) };
  },

  ListWorkflows: (input, context) => {
    const read = entityPage(context.region.workflows, context.at);
    const { items, NextToken } = paged(input, context, { scope: 'ListWorkflows', most: 25 }, read);
    return { Workflows: items.map(workflow => workflow.name), NextToken };
  },

  BatchGetWorkflows: (input, context) => {
    const { region, at } = context;
    const names = Array.isArray(input.Names) ? input.Names.filter(isText) : [];
    if (names.length < 1 || names.length > 25) {
      throw invalidInput("1 validation error detected: Value at 'names' must have between 1 and 25 members");
    }
    const found = names.flatMap(name => find(region.workflows, name, context) ?? []);
    return {
      Workflows: found.map(workflow => ({ ...definitionOf(workflow, at), LastRun: workflow.newest(at) })),
      MissingWorkflows: names.filter(name => find(region.workflows, name, context) === undefined),
    };
  },

  GetWorkflowRuns: (input, context) => {
    const name = requiredName(input, 'Name');
    const workflow = existing('Workflow', context.region.workflows, name, context);
    const { items, NextToken } = runPage(workflow, input, context, { scope: `GetWorkflowRuns/${name}`, most: 1000 });
    return { Runs: items, NextToken };
  },

  // IncludeGraph makes no difference here: no run has a graph.
  GetWorkflowRun: (input, context) => {
    const workflow = existing('Workflow', context.region.workflows, requiredName(input, 'Name'), context);
    return { Run: existingRun(workflow, input, context.at) };
  },
};

/** What Glue answers to an operation with an input, undefined when it was not JSON; throws ApiError. */
export const answerGlue = (operation: string, input: unknown, context: GlueContext): JsonObject => {
  const run = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
  if (run === undefined) throw new ApiError('UnknownOperationException', `Unknown operation ${operation}`);
  if (input === undefined) throw new ApiError('SerializationException', 'The request is not JSON');
  if (!isRecord(input)) throw new ApiError('SerializationException', 'The request is not a JSON object');
  return run(input, context);
};
