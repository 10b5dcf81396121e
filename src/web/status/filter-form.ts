import type { TargetStatus } from '../../status.ts';
import { type Html, html } from '../html.ts';
import type { Frame } from './frame.ts';
import { hasRuns, manyOf } from './kinds.ts';
import { EVERYTHING, hrefOf, isFiltered, type StatusQuery, sortParameter, withoutFilters } from './query.ts';

/** Asks for a part of everything below it. It is a plain form: the answer is a page with a URL of its own. */
export const filterForm = (
  targets: readonly TargetStatus[],
  { query, kinds }: Pick<Frame, 'query' | 'kinds'>,
): Html => {
  const choices = [
    choice(
      'Type',
      'type',
      targets.flatMap(({ collectors }) => collectors.map(({ name }) => name).filter(name => hasRuns(kinds, name))),
      query.type,
      name => manyOf(kinds, name),
    ),
    choice(
      'Account',
      'account',
      targets.flatMap(({ accountId }) => accountId ?? []),
      query.account,
    ),
    choice(
      'Region',
      'region',
      targets.map(({ region }) => region),
      query.region,
    ),
  ].flatMap(found => found ?? []);
  const isOpen = `${query.type}${query.account}${query.region}` !== '';
  const more = html`<details class="more"${isOpen ? html` open` : ''}><summary>More filters</summary>
<div class="fields">
${choices}</div></details>
`;
  return html`<form role="search" aria-label="Filter">
<label class="name">Name contains <input type="search" name="q" value="${query.search}"></label>
<label class="check"><input type="checkbox" name="failing" value="1"${query.failing ? html` checked` : ''}> Failing only</label>
${choices.length === 0 ? '' : more}${hidden(query)}<button>Filter</button>
${isFiltered(query) ? html`<a class="clear" href="${hrefOf(withoutFilters(query))}">Clear filters</a>\n` : ''}</form>
`;
};

/** What the form keeps of the query in addition to the filter. */
const hidden = (query: StatusQuery): readonly Html[] => {
  const sort = sortParameter(query);
  const values: readonly (readonly [name: string, value: string | undefined])[] = [
    ['sort', sort === EVERYTHING.sort ? undefined : sort],
    ['all', query.whole],
    ['refresh', query.refreshSeconds?.toString()],
  ];
  return values.flatMap(([name, value]) =>
    value === undefined ? [] : [html`<input type="hidden" name="${name}" value="${value}">\n`],
  );
};

/** Nothing to choose where there is only one; what is asked for is there in any case. */
const choice = (
  title: string,
  name: string,
  values: readonly string[],
  chosen: string,
  textOf = (value: string): string => value,
): Html | undefined => {
  const options = [...new Set([...values, ...(chosen === '' ? [] : [chosen])])].sort();
  if (options.length < 2) return undefined;
  return html`<label>${title} <select name="${name}">
<option value="">all</option>
${options.map(value => option(value, textOf(value), value === chosen))}</select></label>
`;
};

const option = (value: string, text: string, isChosen: boolean): Html =>
  html`<option${text === value ? '' : html` value="${value}"`}${isChosen ? html` selected` : ''}>${text}</option>\n`;
