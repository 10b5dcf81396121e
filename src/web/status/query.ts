/** Orders of the table of jobs and workflows; `status` has what fails first. */
export const SORTS = ['status', 'name', 'success', 'last-run', 'last-failure'] as const;
export type Sort = (typeof SORTS)[number];

/** Lists that are shown in part unless they are asked for. */
const LISTS = ['failures', 'active'] as const;
export type List = (typeof LISTS)[number];

/** What the URL of the page asks for. Empty texts ask for everything. */
export interface StatusQuery {
  /** A part of a name. */
  readonly search: string;
  /** A collector's name. */
  readonly kind: string;
  readonly account: string;
  readonly region: string;
  readonly failing: boolean;
  readonly sort: Sort;
  readonly reversed: boolean;
  /** From 1 on. */
  readonly page: number;
  /** The list that is shown as a whole. */
  readonly whole: List | undefined;
}

/** What the bare URL asks for. */
export const EVERYTHING: StatusQuery = {
  search: '',
  kind: '',
  account: '',
  region: '',
  failing: false,
  sort: 'status',
  reversed: false,
  page: 1,
  whole: undefined,
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
    kind: text('kind'),
    account: text('account'),
    region: text('region'),
    failing: text('failing') === '1',
    sort: SORTS.find(known => known === sort.replace(/^-/, '')) ?? EVERYTHING.sort,
    reversed: sort.startsWith('-'),
    page: Number.isSafeInteger(page) && page > 0 ? page : 1,
    whole: LISTS.find(known => known === text('all')),
  };
};

/** A sort as it is written in a URL. */
export const sortParameter = ({ sort, reversed }: Pick<StatusQuery, 'sort' | 'reversed'>): string =>
  `${reversed ? '-' : ''}${sort}`;

/** The URL of a query, relative to the page, so that it is right behind any proxy. */
export const hrefOf = (query: StatusQuery): string => {
  const params = new URLSearchParams();
  const sort = sortParameter(query);
  if (query.search !== '') params.set('q', query.search);
  if (query.kind !== '') params.set('kind', query.kind);
  if (query.account !== '') params.set('account', query.account);
  if (query.region !== '') params.set('region', query.region);
  if (query.failing) params.set('failing', '1');
  if (sort !== EVERYTHING.sort) params.set('sort', sort);
  if (query.page > 1) params.set('page', `${query.page}`);
  if (query.whole !== undefined) params.set('all', query.whole);
  return `?${params}`;
};
