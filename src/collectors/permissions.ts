import type { AnyCollector } from './collector.ts';

/** A permission that a collector needs. */
export interface Permission {
  /** As a policy names it: glue:GetJobs. */
  readonly action: string;
  /** The operation that it permits: GetJobs. */
  readonly operation: string;
  /** Whether only a tag filter needs it. */
  readonly isForTags: boolean;
  /** Whether everything works without it, with more requests. */
  readonly isOptional: boolean;
}

/** All that a collector makes use of: what it needs, what it can do without, and what only a tag filter needs, only `withTags`. */
export const permissionsOf = (
  {
    iamActions,
    optionalIamActions,
    tagFilterIamAction,
  }: Pick<AnyCollector, 'iamActions' | 'optionalIamActions' | 'tagFilterIamAction'>,
  withTags: boolean,
): readonly Permission[] => [
  ...iamActions.map(action => permission(action)),
  ...optionalIamActions.map(action => permission(action, { isOptional: true })),
  ...(withTags && tagFilterIamAction !== undefined ? [permission(tagFilterIamAction, { isForTags: true })] : []),
];

const permission = (action: string, { isForTags = false, isOptional = false } = {}): Permission => ({
  action,
  operation: action.replace(/^glue:/, ''),
  isForTags,
  isOptional,
});
