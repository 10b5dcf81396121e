import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The rows of each group, in their order. */
type Matrix = Readonly<Record<string, readonly string[]>>;

const grouped = (rows: readonly (readonly [group: string, row: string])[]): Matrix => {
  const groups = new Map<string, string[]>();
  for (const [group, row] of rows) groups.set(group, [...(groups.get(group) ?? []), row]);
  return Object.fromEntries(groups);
};

/** What vitest would run here, this file excepted: "group > row" each. */
const tested = (): Matrix => {
  const args = ['node_modules/vitest/vitest.mjs', 'list', 'test/e2e/faults/', '--json'];
  const found: unknown = JSON.parse(execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' }));
  if (!Array.isArray(found)) throw new Error('vitest lists no tests');
  const names = found.map(({ name }: { readonly name: string }) => name.split(' > '));
  return grouped(names.flatMap(([group = '', row]) => (row === undefined ? [] : [[group, row] as const])));
};

/** The first column of the tables under "Faults", by the headings above them. */
const documented = (): Matrix => {
  const page = readFileSync(`${root}/docs/reliability.md`, 'utf8');
  const [, faults = ''] = /^## Faults\n([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(page) ?? [];
  const sections = faults.split(/^### /m).slice(1);
  return grouped(
    sections.flatMap(section => {
      const [group = '', ...lines] = section.split('\n');
      const cells = lines.flatMap(line => /^\| (.*?) \|/.exec(line)?.[1] ?? []);
      return cells.slice(1).map(row => [group, row] as const);
    }),
  );
};

it('every fault has a row in docs/reliability.md and a test of the same name', () => {
  expect(Object.keys(tested())).not.toEqual([]);
  expect(documented()).toEqual(tested());
});
