/** Orders of the table of entities; `status` has what fails first. */
export const SORTS = ['status', 'name', 'success', 'last-run', 'last-failure'] as const;
export type Sort = (typeof SORTS)[number];

/** Lists that the overview shows in part; each has a view of its own. */
const LISTS = ['failures', 'active'] as const;
export type List = (typeof LISTS)[number];

/** What the URL of the page asks for. Empty texts ask for everything. */
export interface StatusQuery {
  /** A part of a name. */
  readonly search: string;
  /** A collector's name. */
  readonly type: string;
  readonly account: string;
  readonly region: string;
  readonly failing: boolean;
  readonly sort: Sort;
  readonly reversed: boolean;
  /** From 1 on. */
  readonly page: number;
  /** The list that is shown as a whole, and alone; undefined for the overview. */
  readonly whole: List | undefined;
  /** Seconds after which the browser loads the page again; undefined for never. */
  readonly refreshSeconds: number | undefined;
}

/** What the bare URL asks for. */
export const EVERYTHING: StatusQuery = {
  search: '',
  type: '',
  account: '',
  region: '',
  failing: false,
  sort: 'status',
  reversed: false,
  page: 1,
  whole: undefined,
  refreshSeconds: undefined,
};

/** More often would load the page all the time, and less often than hourly is of no use. */
const REFRESH_SECONDS = { least: 5, most: 3_600 };

const refreshIn = (text: string): number | undefined => {
  const seconds = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  return seconds >= REFRESH_SECONDS.least && seconds <= REFRESH_SECONDS.most ? seconds : undefined;
};

/** Longer than any name of AWS Glue. */
const MOST_CHARACTERS = 255;

/** Reads a query; what makes no sense asks for nothing. */
export const parseQuery = (query: string): StatusQuery => {
  const params = new URLSearchParams(query);
  const text = (name: string): string => (params.get(name) ?? '').trim().slice(0, MOST_CHARACTERS);
  const sort = text('sort');
  const page = Number(text('page'));
  return {
    search: text('q'),
    type: text('type'),
    account: text('account'),
    region: text('region'),
    failing: text('failing') === '1',
    sort: SORTS.find(known => known === sort.replace(/^-/, '')) ?? EVERYTHING.sort,
    reversed: sort.startsWith('-'),
    page: Number.isSafeInteger(page) && page > 0 ? page : 1,
    whole: LISTS.find(known => known === text('all')),
    refreshSeconds: refreshIn(text('refresh')),
  };
};

/** Whether a filter leaves anything out. */
export const isFiltered = ({ search, type, account, region, failing }: StatusQuery): boolean =>
  failing || `${search}${type}${account}${region}` !== '';

/** The same view without any filter. */
export const withoutFilters = (query: StatusQuery): StatusQuery => ({
  ...query,
  search: '',
  type: '',
  account: '',
  region: '',
  failing: false,
  page: 1,
});

/** A filter in words, such as: name contains “orders”, region eu-west-1. */
export const filterWords = ({ search, type, account, region, failing }: StatusQuery): string =>
  [
    search === '' ? [] : [`name contains “${search}”`],
    type === '' ? [] : [`type ${type}`],
    account === '' ? [] : [`account ${account}`],
    region === '' ? [] : [`region ${region}`],
    failing ? ['failing only'] : [],
  ]
    .flat()
    .join(', ');

/** A sort as it is written in a URL. */
export const sortParameter = ({ sort, reversed }: Pick<StatusQuery, 'sort' | 'reversed'>): string =>
  `${reversed ? '-' : ''}${sort}`;

/** The URL of a query, relative to the page, so that it is right behind any proxy. */
export const hrefOf = (query: StatusQuery): string => {
  const params = new URLSearchParams();
  const sort = sortParameter(query);
  if (query.search !== '') params.set('q', query.search);
  if (query.type !== '') params.set('type', query.type);
  if (query.account !== '') params.set('account', query.account);
  if (query.region !== '') params.set('region', query.region);
  if (query.failing) params.set('failing', '1');
  if (sort !== EVERYTHING.sort) params.set('sort', sort);
  if (query.page > 1) params.set('page', `${query.page}`);
  if (query.whole !== undefined) params.set('all', query.whole);
  if (query.refreshSeconds !== undefined) params.set('refresh', `${query.refreshSeconds}`);
  return `?${params}`;
};
