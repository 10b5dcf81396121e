import { FAILURES_OF_ONE, type Failure, MOST_FAILURES } from '../../runs/failures.ts';
import { mapYielding, type Yield } from '../../yield.ts';
import { type Html, html } from '../html.ts';
import { entityCell, type Frame } from './frame.ts';
import { capitalized } from './kinds.ts';
import { emptyList, listRest, windowOf } from './list.ts';
import { keyOf } from './matches.ts';
import { cell, head, row, table } from './table.ts';
import { moment } from './time.ts';

/** What failed in the last day, newest first: the newest failure of each entity, or all of them. */
export const failuresTable = async (failures: readonly Failure[], frame: Frame, yieldIfDue: Yield): Promise<Html> => {
  const groups = byEntity(failures);
  const atLeast = failures.length < MOST_FAILURES ? '' : 'at least ';
  const content =
    failures.length === 0
      ? emptyList('failed runs', frame, 'No failed runs in the last day.')
      : await rows(failures, groups, frame, yieldIfDue);
  return html`<section aria-labelledby="failures">
<h2 id="failures">Failed in the last day (${atLeast}${groups.length})</h2>
${content}</section>
`;
};

const headsOf = ({ words }: Frame): readonly Html[] => [capitalized(words.one), 'Cause', 'State', 'Ended'].map(head);

type Group = readonly [Failure, ...Failure[]];

const rows = async (
  failures: readonly Failure[],
  groups: readonly Group[],
  frame: Frame,
  yieldIfDue: Yield,
): Promise<Html> => {
  const shown: readonly Group[] = frame.query.whole === 'failures' ? failures.map(failure => [failure]) : groups;
  const page = windowOf('failures', shown.length, frame.query);
  const markup = await mapYielding(shown.slice(page.first, page.end), yieldIfDue, ([newest, ...earlier]) =>
    failureRow(newest, earlier.length, frame),
  );
  return html`${table('failures', headsOf(frame), markup, 'cards failures')}${listRest('failures', { ...page, found: failures.length }, `${failures.length} failed runs`, frame.query)}`;
};

/** The failures of each entity together, in the order of the newest of each. */
const byEntity = (failures: readonly Failure[]): readonly Group[] => {
  const groups = new Map<string, [Failure, ...Failure[]]>();
  for (const failure of failures) {
    const key = keyOf(failure);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [failure]);
    else group.push(failure);
  }
  return [...groups.values()];
};

const failureRow = (failure: Failure, earlier: number, frame: Frame): Html =>
  row(entityCell(failure, frame), [
    cell(
      'cause',
      html`${failure.error ?? html`<span class="muted">AWS gave no message.</span>`}
<a class="run" href="${frame.consoleLink(failure, failure.id)}"><code>${failure.id}</code></a>`,
    ),
    cell('state bad', failure.state),
    cell('when', html`${moment(failure.endedAt, frame.now)}${earlierFailures(earlier)}`),
  ]);

/** No more than a few failures are kept of each entity, so that there can be more than are counted. */
const earlierFailures = (earlier: number): Html => {
  if (earlier === 0) return html``;
  const more = earlier + 1 < FAILURES_OF_ONE ? '' : '+';
  return html`<span class="age">${earlier}${more} earlier ${earlier === 1 && more === '' ? 'failure' : 'failures'}</span>`;
};
