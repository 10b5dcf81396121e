import type { EntityId } from '../../runs/failures.ts';
import type { RunsStatus, ShownKind } from '../../status.ts';
import { type Html, html } from '../html.ts';
import { type EntityWords, isOfAccount, manyOf, oneOf } from './kinds.ts';
import type { StatusQuery } from './query.ts';

/** What all parts of the page need to know. */
export interface Frame {
  readonly query: StatusQuery;
  /** Local epoch seconds. */
  readonly now: number;
  /** Whether account and region are shown with each name, because there are several. */
  readonly placed: boolean;
  /** What is collected. */
  readonly kinds: readonly ShownKind[];
  readonly words: EntityWords;
  readonly consoleLink: RunsStatus['consoleLink'];
}

/** An entity with a link to the AWS console, and where it is. The account as a whole has no name, so that its runs stand for it. */
export const entityCell = (entity: EntityId, { placed, kinds, consoleLink }: Frame): Html =>
  html`<a href="${consoleLink(entity)}"><bdi>${isOfAccount(kinds, entity.collector) ? `all ${manyOf(kinds, entity.collector)}` : entity.name}</bdi></a>${placed ? html`<span class="place">${entity.accountId} ${entity.region}</span>` : ''}`;

/** What kind of thing it is: job, workflow. */
export const typeOf = ({ collector }: EntityId, { kinds }: Frame): string => oneOf(kinds, collector);
