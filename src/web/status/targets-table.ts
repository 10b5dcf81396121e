import type { CollectorStatus, TargetStatus } from '../../status.ts';
import { mapYielding, type Yield } from '../../yield.ts';
import { type Html, html } from '../html.ts';
import type { Frame } from './frame.ts';
import { isOfAccount, joined, manyOf } from './kinds.ts';
import { emptyList } from './list.ts';
import { cell, head, row, table } from './table.ts';
import { duration, moment } from './time.ts';

/**
 * How many targets are down, and how many are up with failed collectors. No filter hides that: what the page does not show may be of
 * these.
 */
export const targetBanners = (targets: readonly TargetStatus[], kinds: Kinds): Html => {
  const down = targets.filter(({ up }) => up === false);
  const failed = targets.filter(hasFailedCollector);
  const verb = (some: readonly TargetStatus[], one: string, many: string): string => (some.length === 1 ? one : many);
  const downTitle = `${countOf(down, targets)} ${verb(down, 'is', 'are')} down`;
  const failedTitle = `${countOf(failed, targets)} ${verb(failed, 'has', 'have')} failed collectors`;
  const left = Math.max(0, BANNER_TARGETS - down.length);
  return html`${banner('down', downTitle, down, BANNER_TARGETS, kinds)}${banner('failed-collectors', failedTitle, failed, left, kinds)}`;
};

const banner = (id: string, title: string, targets: readonly TargetStatus[], most: number, kinds: Kinds): Html => {
  if (targets.length === 0) return html``;
  const items = targets
    .slice(0, most)
    .map(target => html`<li>${nameOf(target)}: ${causesOf(target, kinds).join('; ')}</li>\n`);
  return html`<section class="banner ${id}" aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
${items.length === 0 ? '' : html`<ul>\n${items}</ul>\n`}${targets.length > most ? html`<p><a href="#targets">Show all ${targets.length}</a></p>\n` : ''}</section>
`;
};

const countOf = (some: readonly TargetStatus[], all: readonly TargetStatus[]): string =>
  all.length === 1 ? 'The target' : `${some.length} of ${all.length} targets`;

const failedCollectors = ({ collectors }: TargetStatus): readonly CollectorStatus[] =>
  collectors.filter(({ error }) => error !== undefined);

/** Whether a target is up and one of its collectors is not; in its first poll nothing is known yet. */
const hasFailedCollector = (target: TargetStatus): boolean => target.up === true && failedCollectors(target).length > 0;

/** Why a target is down, or which of its collectors failed and why. What is true of all of them is said once. */
const causesOf = (target: TargetStatus, kinds: Kinds): readonly string[] => {
  const namesByError = new Map<string, string[]>();
  for (const { name, error = '' } of failedCollectors(target)) {
    namesByError.set(error, [...(namesByError.get(error) ?? []), manyOf(kinds, name)]);
  }
  const ofCollectors = [...namesByError].map(([error, names]) =>
    names.length === target.collectors.length ? error : `${joined(names, 'and')}: ${error}`,
  );
  const { error } = target;
  return error === undefined || namesByError.has(error) ? ofCollectors : [error, ...ofCollectors];
};

/** So few rows hide nothing else, so they need no click. */
const FEW = 4;

/** Of both banners together: more would push the failures off the screen of a phone. */
const BANNER_TARGETS = 3;

/** Accounts and regions: those that need attention, and the others when they are opened. */
export const targetsTable = async (
  targets: readonly TargetStatus[],
  frame: Frame,
  yieldIfDue: Yield,
): Promise<Html> => {
  const down = targets.filter(({ up }) => up === false);
  const bad = [...down, ...targets.filter(hasFailedCollector)];
  const others = targets.filter(target => !needsAttention(target));
  const rowsOf = (some: readonly TargetStatus[]): Promise<readonly Html[]> =>
    mapYielding(some, yieldIfDue, target => targetRow(target, frame));
  const isShort = targets.length <= FEW;
  const markup = isShort
    ? table('targets', HEADS, await rowsOf([...bad, ...others]), 'cards targets')
    : html`${bad.length === 0 ? '' : table('targets', HEADS, await rowsOf(bad), 'cards targets')}${await closed(others, rowsOf)}`;
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

/** Such as: 147 up (2 with failed collectors), 3 down. */
export const targetsSummary = (targets: readonly TargetStatus[]): string => {
  const count = (wanted: boolean | undefined): number => targets.filter(({ up }) => up === wanted).length;
  const failed = targets.filter(hasFailedCollector).length;
  const counts = [
    [count(true), failed === 0 ? 'up' : `up (${failed} with failed collectors)`],
    [count(false), 'down'],
    [count(undefined), 'in first poll'],
  ] as const;
  return counts
    .filter(([number]) => number > 0)
    .map(([number, word]) => `${number} ${word}`)
    .join(', ');
};

type Kinds = Frame['kinds'];

const nameOf = ({ accountId, region }: TargetStatus): string => `${accountId ?? 'unknown account'} ${region}`;

const HEADS = ['Account', 'Region', 'State', 'Error', 'Data age', 'Last poll', 'Found'].map(head);

/** Whether a target is down or something on it is not collected. */
export const needsAttention = (target: TargetStatus): boolean => target.up === false || hasFailedCollector(target);

const targetRow = (target: TargetStatus, { now, kinds }: Frame): Html =>
  row(html`${target.accountId ?? 'unknown account'}`, [
    cell('region', target.region),
    cell('state', state(target, kinds)),
    cell('cause', causes(target, kinds)),
    cell('age-of-data', dataAge(target, now), 'Data age'),
    cell('when', lastPoll(target, now), 'Last poll'),
    cell(
      'found',
      target.collectors
        .filter(({ name }) => !isOfAccount(kinds, name))
        .map(
          ({ name, entities, polled }) =>
            `${entities} ${manyOf(kinds, name)}${polled < entities ? ` (${polled} polled)` : ''}`,
        )
        .join(', '),
    ),
  ]);

const state = (target: TargetStatus, kinds: Kinds): Html => {
  if (target.up === undefined) return html`<span class="muted">first poll in progress</span>`;
  if (!target.up) return html`<span class="bad">down</span>`;
  const up = html`<span class="good">up</span>`;
  const [first, ...more] = failedCollectors(target);
  if (first === undefined) return up;
  const failed = more.length === 0 ? manyOf(kinds, first.name) : `${more.length + 1} collectors`;
  return html`${up}, <span class="bad">${failed} failed</span>`;
};

/** One below the other. */
const causes = (target: TargetStatus, kinds: Kinds): Html => {
  const [first = '', ...more] = causesOf(target, kinds);
  return html`${first}${more.map(cause => html`<div>${cause}</div>`)}`;
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
