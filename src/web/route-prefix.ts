/*
 * As in Prometheus: the external URL is where clients find the exporter behind a proxy. The route prefix is the path below which it
 * answers, by default the path of the external URL.
 */

/** What express takes for nothing but itself, and no browser changes. */
const SEGMENTS = /^(\/(?!\.+(\/|$))[\w.~-]+)*$/;

/** A path without its slash at the end, with one at its start: /glue; empty for the root. Undefined when it cannot be a path. */
const pathIn = (text: string): string | undefined => {
  const trimmed = text.replace(/^\/+|\/+$/g, '');
  const path = trimmed === '' ? '' : `/${trimmed}`;
  return SEGMENTS.test(path) ? path : undefined;
};

/** The path of --web.external-url, which is a URL or a path alone. Undefined when it is neither. */
export const externalPathIn = (text: string): string | undefined => {
  if (!/^https?:\/\//i.test(text)) return text.startsWith('/') && !text.startsWith('//') ? pathIn(text) : undefined;
  if (!URL.canParse(text)) return undefined;
  const { pathname, search, hash, username, password } = new URL(text);
  return `${search}${hash}${username}${password}` === '' ? pathIn(pathname) : undefined;
};

/** The path of --web.route-prefix: glue, /glue and /glue/ are the same. Undefined when it cannot be a path. */
export const routePrefixIn = pathIn;

/** What links to other pages begin with: the external path where it is known, else nothing, for links relative to the page. */
export const linkBase = (externalPath: string | undefined): string =>
  externalPath === undefined ? '' : `${externalPath}/`;
