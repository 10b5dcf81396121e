import type { AnyCollector } from './collector.ts';

/** A permission that a collector needs. */
export interface Permission {
  /** As a policy names it: glue:GetJobs. */
  readonly action: string;
  /** The operation that it permits: GetJobs. */
  readonly operation: string;
  /** Whether only a tag filter needs it. */
  readonly isForTags: boolean;
}

/** All that a collector needs, in the order in which it asks; what only a tag filter needs comes last, and only `withTags`. */
export const permissionsOf = (
  { iamActions, tagFilterIamAction }: Pick<AnyCollector, 'iamActions' | 'tagFilterIamAction'>,
  withTags: boolean,
): readonly Permission[] => [
  ...iamActions.map(action => permission(action, false)),
  ...(withTags && tagFilterIamAction !== undefined ? [permission(tagFilterIamAction, true)] : []),
];

const permission = (action: string, isForTags: boolean): Permission => ({
  action,
  operation: action.replace(/^glue:/, ''),
  isForTags,
});
