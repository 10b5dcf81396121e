import type { EntityId } from '../../runs/failures.ts';
import type { RunsStatus } from '../../status.ts';
import { type Html, html } from '../html.ts';
import type { StatusQuery } from './query.ts';

/** What all parts of the page need to know. */
export interface Frame {
  readonly query: StatusQuery;
  /** Local epoch seconds. */
  readonly now: number;
  /** Whether account and region are shown with each name, because there are several. */
  readonly placed: boolean;
  readonly consoleLink: RunsStatus['consoleLink'];
}

/** A job or workflow with a link to the AWS console, and where it is. */
export const entityCell = (entity: EntityId, { placed, consoleLink }: Frame): Html =>
  html`<a href="${consoleLink(entity)}"><bdi>${entity.name}</bdi></a>${placed ? html`<span class="place">${entity.accountId} ${entity.region}</span>` : ''}`;

/** job or workflow. */
export const typeOf = ({ collector }: EntityId): string => collector.replace(/s$/, '');
