import type { TargetStatus } from '../../status.ts';
import type { Breathe } from '../../yield.ts';
import { type Html, html } from '../html.ts';
import type { Frame } from './frame.ts';
import { manyOf } from './kinds.ts';
import { emptyList } from './list.ts';
import { inTurn } from './pauses.ts';
import { cell, head, row, table } from './table.ts';
import { duration, moment } from './time.ts';

/** How many targets are down is never hidden by a filter: what the page does not show may be of these. */
export const downBanner = (targets: readonly TargetStatus[]): Html => {
  const down = targets.filter(({ up }) => up === false);
  if (down.length === 0) return html``;
  const isAre =
    targets.length === 1
      ? 'The target is'
      : `${down.length} of ${targets.length} targets ${down.length === 1 ? 'is' : 'are'}`;
  return html`<section class="banner" aria-labelledby="down">
<h2 id="down">${isAre} down</h2>
<ul>
${down.slice(0, BANNER_TARGETS).map(target => html`<li>${nameOf(target)}: ${target.error ?? ''}</li>\n`)}</ul>
${down.length > BANNER_TARGETS ? html`<p><a href="#targets">Show all ${down.length}</a></p>\n` : ''}</section>
`;
};

/** So few rows hide nothing else, so they need no click. */
const FEW = 4;

/** More would push the failures off the screen of a phone. */
const BANNER_TARGETS = 3;

/** Accounts and regions: those that are down, and the others when they are opened. */
export const targetsTable = async (targets: readonly TargetStatus[], frame: Frame, pause: Breathe): Promise<Html> => {
  const down = targets.filter(({ up }) => up === false);
  const others = targets.filter(({ up }) => up !== false);
  const rowsOf = (some: readonly TargetStatus[]): Promise<readonly Html[]> =>
    inTurn(some, target => targetRow(target, frame), pause);
  const isShort = targets.length <= FEW;
  const markup = isShort
    ? table('targets', HEADS, await rowsOf([...down, ...others]), 'cards targets')
    : html`${down.length === 0 ? '' : table('targets', HEADS, await rowsOf(down), 'cards targets')}${await closed(others, rowsOf)}`;
  return html`<section aria-labelledby="targets">
<h2 id="targets">Targets${targets.length === 0 ? '' : `: ${targetsSummary(targets)}`}</h2>
${targets.length === 0 ? emptyList('targets', frame, 'No targets.') : markup}</section>
`;
};

const closed = async (
  targets: readonly TargetStatus[],
  rowsOf: (some: readonly TargetStatus[]) => Promise<readonly Html[]>,
): Promise<Html> => {
  if (targets.length === 0) return html``;
  return html`<details><summary>${targetsSummary(targets)}</summary>
${table('targets', HEADS, await rowsOf(targets), 'cards targets')}</details>
`;
};

/** Such as: 147 up, 3 down. */
export const targetsSummary = (targets: readonly TargetStatus[]): string => {
  const count = (wanted: boolean | undefined): number => targets.filter(({ up }) => up === wanted).length;
  const counts = [
    [count(true), 'up'],
    [count(false), 'down'],
    [count(undefined), 'in first poll'],
  ] as const;
  return counts
    .filter(([number]) => number > 0)
    .map(([number, word]) => `${number} ${word}`)
    .join(', ');
};

const nameOf = ({ accountId, region }: TargetStatus): string => `${accountId ?? 'unknown account'} ${region}`;

const HEADS = ['Account', 'Region', 'State', 'Error', 'Data age', 'Last poll', 'Found'].map(head);

const targetRow = (target: TargetStatus, { now, kinds }: Frame): Html =>
  row(html`${target.accountId ?? 'unknown account'}`, [
    cell('region', target.region),
    cell('state', state(target.up)),
    cell('cause', target.error ?? ''),
    cell('age-of-data', dataAge(target, now), 'Data age'),
    cell('when', lastPoll(target, now), 'Last poll'),
    cell(
      'found',
      target.collectors
        .map(
          ({ name, entities, polled }) =>
            `${entities} ${manyOf(kinds, name)}${polled < entities ? ` (${polled} polled)` : ''}`,
        )
        .join(', '),
    ),
  ]);

const state = (up: boolean | undefined): Html => {
  if (up === undefined) return html`<span class="muted">first poll in progress</span>`;
  return up ? html`<span class="good">up</span>` : html`<span class="bad">down</span>`;
};

const lastPoll = ({ lastPollEndedAt, lastPollSeconds }: TargetStatus, now: number): Html => {
  if (lastPollEndedAt === undefined || lastPollSeconds === undefined) return html``;
  return html`${moment(lastPollEndedAt, now)}<span class="age">took ${lastPollSeconds.toFixed(1)}s</span>`;
};

/** The age of the oldest data of a target, and how old it may get. */
const dataAge = ({ oldestReadAt, readAgeLimitSeconds: limit }: TargetStatus, now: number): Html => {
  if (oldestReadAt === undefined) return html``;
  const age = Math.max(0, now - oldestReadAt);
  const isLate = limit !== undefined && age > limit;
  return html`<span class="nowrap">${duration(age)}</span>${limit === undefined ? '' : html`<span class="age ${isLate ? 'bad' : ''}">${isLate ? 'over max' : 'max'} ${duration(Math.ceil(limit))}</span>`}`;
};
