import type { TargetStatus } from '../../status.ts';
import { type Html, html } from '../html.ts';
import { EVERYTHING, hrefOf, type StatusQuery, sortParameter } from './query.ts';

/** Asks for a part of everything below it. It is a plain form: the answer is a page with a URL of its own. */
export const searchForm = (targets: readonly TargetStatus[], query: StatusQuery): Html => {
  const kinds = distinct(targets.flatMap(({ collectors }) => collectors.map(({ name }) => name)));
  const accounts = distinct(targets.flatMap(({ accountId }) => accountId ?? []));
  const regions = distinct(targets.map(({ region }) => region));
  const sort = sortParameter(query);
  return html`<form role="search" aria-label="Jobs and workflows">
<label>Part of a name <input type="search" name="q" value="${query.search}"></label>
${choice('Kind', 'kind', kinds, query.kind)}${choice('Account', 'account', accounts, query.account)}${choice('Region', 'region', regions, query.region)}<label class="check"><input type="checkbox" name="failing" value="1"${query.failing ? html` checked` : ''}> Failing only</label>
${sort === EVERYTHING.sort ? '' : html`<input type="hidden" name="sort" value="${sort}">\n`}<button>Show</button>
${isPart(query) ? html`<a href="${hrefOf({ ...EVERYTHING, sort: query.sort, reversed: query.reversed })}">Show everything</a>\n` : ''}</form>
`;
};

/** Whether something is left out. */
export const isPart = ({ search, kind, account, region, failing }: StatusQuery): boolean =>
  failing || `${search}${kind}${account}${region}` !== '';

/** Nothing to choose where there is only one; what is asked for is there in any case. */
const choice = (title: string, name: string, values: readonly string[], chosen: string): Html => {
  const options = distinct([...values, ...(chosen === '' ? [] : [chosen])]);
  if (options.length < 2) return html``;
  return html`<label>${title} <select name="${name}">
<option value="">all</option>
${options.map(value => html`<option${value === chosen ? html` selected` : ''}>${value}</option>\n`)}</select></label>
`;
};

const distinct = (values: readonly string[]): readonly string[] => [...new Set(values)].sort();
