import { isMap } from './fields.ts';

/** What labels can hold, filled in once the account and region of a target are known. */
export const LABEL_PLACEHOLDERS = ['{account_id}', '{region}'] as const;

/** A text that nothing will fill in, with where it is and what to do. */
export interface Unfilled {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Deeper than any text of a config; aliases can make a map that contains itself. */
const MOST_PARTS = 8;

const ENVIRONMENT = /\$\{[^}]*\}?/;
/** Not \p{Greek}, \x{1F600} or \{ of a regular expression, nor its {2,3}. */
const PLACEHOLDER = /(?<!\\|\\[pPx])\{[A-Za-z_][\w.-]*\}/g;

/** All texts of a config that hold `${…}` or a `{placeholder}` which nothing fills in where it stands. */
export const unfilledIn = (content: unknown, path: readonly (string | number)[] = []): readonly Unfilled[] => {
  if (typeof content === 'string') {
    const message = explain(content, path);
    return message === undefined ? [] : [{ path, message }];
  }
  if (path.length === MOST_PARTS) return [];
  if (Array.isArray(content)) return content.flatMap((item: unknown, index) => unfilledIn(item, [...path, index]));
  if (!isMap(content)) return [];
  return Object.entries(content).flatMap(([key, value]) => {
    const message = explain(key, [...path, key]);
    return [
      ...(message === undefined ? [] : [{ path: [...path, key], message }]),
      ...unfilledIn(value, [...path, key]),
    ];
  });
};

const explain = (text: string, path: readonly (string | number)[]): string | undefined => {
  const [variable] = ENVIRONMENT.exec(text) ?? [];
  if (variable !== undefined) {
    return `has ${shown(variable)} in it, but environment variables are not filled in; write the value, or make the file with envsubst`;
  }
  const fillable = fillableAt(path);
  const unknown = text.match(PLACEHOLDER)?.find(placeholder => !fillable.includes(placeholder));
  if (unknown === undefined) return undefined;
  if (unknown === '{account_name}' && isLabel(path)) {
    return 'has {account_name} in it, which is not filled in; the section account_names sets the label account_name by itself';
  }
  const remedy =
    fillable.length === 0
      ? 'placeholders are filled in labels, and {account_id} in role_arn; write the value'
      : `use ${fillable.join(' or ')}, or write the value`;
  return `has ${shown(unknown)} in it, which nothing fills in here; ${remedy}`;
};

const fillableAt = (path: readonly (string | number)[]): readonly string[] => {
  if (isLabel(path)) return LABEL_PLACEHOLDERS;
  return path.at(-1) === 'role_arn' ? ['{account_id}'] : [];
};

const isLabel = (path: readonly (string | number)[]): boolean => path.at(-2) === 'labels';

const shown = (placeholder: string): string => (placeholder.length > 40 ? `${placeholder.slice(0, 40)}…` : placeholder);
