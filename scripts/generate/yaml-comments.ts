/** What an example of a configuration file says of a key. */
export interface ExplainedKey {
  /** The comment directly above it, its lines as they are; empty for none. */
  readonly comment: string;
  /** What stands behind it on its line. */
  readonly value: string;
  /** Whether it is in force as the file stands, and not part of an example that is commented out. */
  readonly isInForce: boolean;
}

/** Blocks that are examples, without the first # of their lines. */
const withExamples = (text: string): readonly { readonly line: string; readonly isExample: boolean }[] => {
  const lines: { readonly line: string; readonly isExample: boolean }[] = [];
  let isExample = false;
  for (const line of text.split('\n')) {
    isExample = /^#[a-z_]+:( |$)/.test(line) || (isExample && line.startsWith('#'));
    lines.push({ line: isExample ? line.slice(1) : line, isExample });
  }
  return lines;
};

/**
 * The keys of an example of a configuration file with the comments above them, by their paths: `targets[].jobs.include`. Where a key
 * is shown more than once, the last comment counts.
 */
export const commentsIn = (text: string): ReadonlyMap<string, ExplainedKey> => {
  const explained = new Map<string, ExplainedKey>();
  const parents: { readonly indent: number; readonly part: string }[] = [];
  const enter = (indent: number, part: string): void => {
    while ((parents.at(-1)?.indent ?? -1) >= indent) parents.pop();
    parents.push({ indent, part });
  };
  let comment: string[] = [];
  for (const { line, isExample } of withExamples(text)) {
    const [, remark] = /^ *# ?(.*)$/.exec(line) ?? [];
    if (remark !== undefined) {
      comment.push(remark);
      continue;
    }
    const [, spaces = '', dash, key, value = ''] = /^( *)(- )?([\w-]+):(?: (.*))?$/.exec(line) ?? [];
    if (key !== undefined) {
      if (dash !== undefined) enter(spaces.length, '[]');
      enter(spaces.length + (dash?.length ?? 0), key);
      const path = parents.reduce((at, { part }) => (part === '[]' || at === '' ? at + part : `${at}.${part}`), '');
      const before = explained.get(path);
      if (before === undefined || comment.length > 0) {
        explained.set(path, { comment: comment.join('\n'), value, isInForce: !isExample });
      }
    }
    comment = [];
  }
  return explained;
};
