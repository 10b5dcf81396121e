const MOST_CHARACTERS = 80;

/** A text of a config file as its error messages show it: not for pages. */
export const shorten = (text: string): string =>
  text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;

/** A value of a config file as its error messages show it: on one line, and not for pages. */
export const describe = (value: unknown): string => {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map of keys';
  if (typeof value !== 'string') return `${value}`;
  return JSON.stringify(shorten(value));
};
