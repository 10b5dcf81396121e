import type { Operation } from '../glue/operations.ts';
import type { AnyCollector } from './collector.ts';

/** A permission that a collector needs. */
export interface Permission {
  /** As a policy names it: glue:GetJobs. */
  readonly action: string;
  /** The operation that it permits: GetJobs. */
  readonly operation: Operation;
  /** Whether only a tag filter needs it. */
  readonly isForTags: boolean;
  /** Whether everything works without it, with more requests. */
  readonly isOptional: boolean;
}

/** The permission for an operation, as a policy names it. */
export const actionOf = (operation: Operation): string => `glue:${operation}`;

/** All that a collector makes use of: what it needs, what it can do without, and what only a tag filter needs, only `withTags`. */
export const permissionsOf = (
  {
    operations,
    optionalOperations = [],
    tagOperation,
  }: Pick<AnyCollector, 'operations' | 'optionalOperations' | 'tagOperation'>,
  withTags: boolean,
): readonly Permission[] => [
  ...operations.map(operation => permission(operation)),
  ...optionalOperations.map(operation => permission(operation, { isOptional: true })),
  ...(withTags && tagOperation !== undefined ? [permission(tagOperation, { isForTags: true })] : []),
];

const permission = (operation: Operation, { isForTags = false, isOptional = false } = {}): Permission => ({
  action: actionOf(operation),
  operation,
  isForTags,
  isOptional,
});
