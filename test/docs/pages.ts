// The documentation as its readers copy from it: pages and the blocks of code in them.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const pathOf = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
export const read = (name: string): string => readFileSync(pathOf(name), 'utf8');

/** Files below a folder of the project, by their paths from the project; none where there is no such folder. */
export const filesBelow = (folder: string): readonly string[] => {
  try {
    return readdirSync(pathOf(folder), { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => `${entry.parentPath.slice(pathOf('').length)}/${entry.name}`)
      .sort();
  } catch {
    return [];
  }
};

/** All pages that users and operators read. */
export const PAGES: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...['docs', 'helm', 'monitoring', 'packaging'].flatMap(filesBelow).filter(file => file.endsWith('.md')),
];

/** A block of code in a page. */
export interface Block {
  readonly page: string;
  /** Of the line with the backticks, as editors count. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** The comment directly before it; undefined for none. */
  readonly mark: string | undefined;
}

const blocksOf = (page: string): readonly Block[] => {
  const text = read(page);
  return [...text.matchAll(/^(?:<!-- ([^\n]*?) -->\n)?```(\w+)\n(.*?)^```$/gms)].map(
    ({ index, 0: whole, 1: mark, 2: language = '', 3: body = '' }) => {
      const start = index + whole.indexOf('```');
      return { page, line: text.slice(0, start).split('\n').length, language, text: body, mark };
    },
  );
};

/** All blocks of a language, page by page. */
export const blocksIn = (language: string): readonly Block[] =>
  PAGES.flatMap(blocksOf).filter(block => block.language === language);

/** The commands of a block of sh: lines that go on are joined, comments are left out. */
export const commandsOf = ({ text }: Block): readonly string[] =>
  text
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter(line => line.trim() !== '' && !line.startsWith('#'));

/** The expressions of a block of PromQL: each begins at the start of a line, and goes on where lines are indented. */
export const expressionsOf = ({ text }: Block): readonly string[] => {
  const expressions: string[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    if (/^\s|^[)]/.test(line) && expressions.length > 0) expressions.push(`${expressions.pop()}\n${line}`);
    else expressions.push(line);
  }
  return expressions;
};

/** Where something is, for people. */
export const placeOf = ({ page, line }: Block): string => `${page}:${line}`;
