import type { WireKind, WireOperation } from './kind.ts';

/** An operation and the kind that it is about. */
export interface KnownOperation {
  readonly kind: WireKind;
  readonly operation: WireOperation;
}

/** The operations of all kinds by name. GetTags and everything that changes something are left out. */
export const operationsOf = (kinds: readonly WireKind[]): ReadonlyMap<string, KnownOperation> =>
  new Map(
    kinds.flatMap(kind =>
      kind.operations.map((operation): [string, KnownOperation] => [operation.name, { kind, operation }]),
    ),
  );

/** Whether it answers page by page. */
export const isPaged = ({ does }: WireOperation): boolean => does === 'list entities' || does === 'list runs';

/** Whether its answers are runs. */
export const answersRuns = ({ does }: WireOperation): boolean =>
  does === 'list runs' || does === 'get runs' || does === 'get run';

/** Whether its answers show runs at all. */
export const showsRuns = (operation: WireOperation): boolean =>
  answersRuns(operation) || ('newest' in operation && operation.newest !== undefined);

/** Whether its answers are definitions, all that there are. */
export const listsDefinitions = (operation: WireOperation): boolean =>
  operation.does === 'list entities' && operation.shows === 'definitions';

/** The input member that names entities, if it has one. */
export const namingMember = (operation: WireOperation): string | undefined =>
  'of' in operation ? operation.of : undefined;

/** What errors call an input member: the first letter is small. */
export const memberInErrors = (member: string): string => `${member.charAt(0).toLowerCase()}${member.slice(1)}`;
