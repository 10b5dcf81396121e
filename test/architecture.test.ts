import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));

interface Import {
  /** Both relative to src/. */
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

const importsOf = (file: string): Import[] => {
  const text = readFileSync(join(root, 'src', file), 'utf8');
  const statements = text.matchAll(/^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)';/gms);
  return [...statements].map(([, type, target = '']) => ({
    from: file,
    to: target.startsWith('.') ? normalize(join(dirname(file), target)) : target,
    typeOnly: type !== undefined,
  }));
};

const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter(file =>
  file.endsWith('.ts'),
);
const imports = files.flatMap(importsOf);

const offending = (isWrong: (found: Import) => boolean): string[] =>
  imports.filter(isWrong).map(({ from, to }) => `${from} imports ${to}`);

/**
 * One circle of imports for each group of files that import each other, types included, as `a.ts → b.ts → a.ts`; the shortest
 * through the first file of the group.
 */
const circlesIn = (all: readonly Pick<Import, 'from' | 'to'>[]): string[] => {
  const targets = new Map<string, string[]>();
  for (const { from, to } of all) targets.set(from, [...(targets.get(from) ?? []), to]);
  const grouped = new Set<string>();
  return [...targets.keys()].sort().flatMap(file => {
    if (grouped.has(file)) return [];
    const circle = shortestCircle(file, targets);
    for (const part of circle) grouped.add(part);
    return circle.length === 0 ? [] : [[...circle, file].join(' → ')];
  });
};

/** The files on the shortest way of imports from a file back to itself; none where there is no such way. */
const shortestCircle = (start: string, targets: ReadonlyMap<string, readonly string[]>): readonly string[] => {
  const seen = new Set<string>();
  let ways: (readonly string[])[] = [[start]];
  while (ways.length > 0) {
    const longer: (readonly string[])[] = [];
    for (const way of ways) {
      for (const next of targets.get(way.at(-1) ?? '') ?? []) {
        if (next === start) return way;
        if (!seen.has(next)) longer.push([...way, next]);
        seen.add(next);
      }
    }
    ways = longer;
  }
  return [];
};

const isIn = (path: string, ...rooms: readonly string[]): boolean => rooms.some(room => path.startsWith(`${room}/`));

describe('the source tree', () => {
  test('is scanned at all', () => {
    expect(files.length).toBeGreaterThan(40);
    expect(imports.length).toBeGreaterThan(150);
    expect(offending(({ to }) => to === 'prom-client').length).toBeGreaterThan(0);
  });

  test('has no circles of imports, not even of types', () => {
    expect(circlesIn(imports)).toEqual([]);
  });

  test('has no circles of imports between its folders', () => {
    const folderOf = (path: string) => path.split('/')[0] ?? '';
    const between = imports
      .filter(({ from, to }) => from.includes('/') && files.includes(to) && to.includes('/'))
      .map(({ from, to }) => ({ from: folderOf(from), to: folderOf(to) }))
      .filter(({ from, to }) => from !== to);
    expect(between.length).toBeGreaterThan(50);
    expect(circlesIn(between)).toEqual([]);
  });

  test('has circles found in it', () => {
    const importing = (...pairs: readonly (readonly [string, string])[]) => pairs.map(([from, to]) => ({ from, to }));
    expect(circlesIn(importing(['a', 'b'], ['b', 'c'], ['a', 'c']))).toEqual([]);
    expect(circlesIn(importing(['x', 'a'], ['a', 'b'], ['b', 'c'], ['c', 'a'], ['d', 'd']))).toEqual([
      'a → b → c → a',
      'd → d',
    ]);
    expect(circlesIn(importing(['a', 'b'], ['b', 'c'], ['c', 'b']))).toEqual(['b → c → b']);
  });

  test('each big library is behind one door', () => {
    const ofSdk = ['glue/aws.ts', 'glue/operations.ts'];
    expect(offending(({ from, to }) => /^@(aws-sdk|smithy)\//.test(to) && !ofSdk.includes(from))).toEqual([]);
    // The build bundles it there, and does not install what it needs.
    const operations = ({ from, to, typeOnly }: Import) =>
      to === 'glue/operations.ts' && !typeOnly && from !== 'glue/aws.ts';
    expect(offending(operations)).toEqual([]);
    expect(offending(({ from, to }) => to === 'prom-client' && from !== 'metrics/telemetry.ts')).toEqual([]);
    expect(offending(({ from, to }) => to === 'express' && !isIn(from, 'web'))).toEqual([]);
    const isProxyAgent = (library: string): boolean => ['http-proxy-agent', 'https-proxy-agent'].includes(library);
    expect(offending(({ from, to }) => isProxyAgent(to) && from !== 'glue/proxy-agents.ts')).toEqual([]);
    const naming = (library: string) =>
      files.filter(file => readFileSync(join(root, 'src', file), 'utf8').includes(`'${library}'`));
    expect(naming('bcrypt')).toEqual(['web/access.ts']);
    expect(naming('node:zlib')).toEqual(['metrics/gzip.ts', 'state/journal-format.ts', 'web/send-text.ts']);
    expect(
      offending(
        ({ from, to }) => ['yaml', 'zod', 're2js', 'fastest-levenshtein'].includes(to) && !isIn(from, 'config'),
      ),
    ).toEqual([]);
    expect(offending(({ from, to }) => to === 'p-limit' && !isIn(from, 'poll'))).toEqual([]);
  });

  test('only main.ts touches process', () => {
    const touching = files.filter(file => /\bprocess\./.test(readFileSync(join(root, 'src', file), 'utf8')));
    expect(touching).toEqual(['main.ts']);
  });

  test('only main.ts and other commands import commands, and exporter imports neither check nor iam', () => {
    expect(offending(({ from, to }) => isIn(to, 'commands') && !isIn(from, 'commands') && from !== 'main.ts')).toEqual(
      [],
    );
    expect(offending(({ from, to }) => isIn(from, 'exporter') && isIn(to, 'check', 'iam'))).toEqual([]);
  });

  test('a daemon loads neither the simulator nor the commands that end by themselves', () => {
    const lazy = [
      'commands/check.ts',
      'commands/check-config.ts',
      'commands/once.ts',
      'glue/proxy-agents.ts',
      'commands/iam-policy.ts',
      'commands/demo.ts',
    ];
    expect(offending(({ to, typeOnly }) => lazy.includes(to) && !typeOnly)).toEqual([]);
  });

  test('families and runs import nothing but types, and each other', () => {
    expect(importsOf('metrics/family.ts')).toEqual([]);
    expect(offending(({ from, to, typeOnly }) => isIn(from, 'runs') && !typeOnly && !isIn(to, 'runs'))).toEqual([]);
  });

  test('runs know neither a clock nor chance', () => {
    const impure = files.filter(
      file =>
        isIn(file, 'runs') &&
        /Date\.now|new Date|performance\.|Math\.random|setTimeout/.test(readFileSync(join(root, 'src', file), 'utf8')),
    );
    expect(impure).toEqual([]);
  });

  test('collectors see neither poll, state, web, config nor the exposition', () => {
    const forbidden = ({ to }: Import) =>
      isIn(to, 'poll', 'state', 'web', 'config') || (isIn(to, 'metrics') && to !== 'metrics/family.ts');
    expect(offending(found => isIn(found.from, 'collectors') && forbidden(found))).toEqual([]);
  });

  test('poll and web know no particular collector, nor each other', () => {
    const particular = (path: string) => isIn(path, 'collectors') && path !== 'collectors/collector.ts';
    expect(offending(({ from, to }) => isIn(from, 'poll', 'web') && particular(to))).toEqual([]);
    expect(offending(({ from, to }) => isIn(from, 'poll') && isIn(to, 'web'))).toEqual([]);
    expect(offending(({ from, to }) => isIn(from, 'web') && isIn(to, 'poll'))).toEqual([]);
  });

  test('what checks and what writes policies know no particular collector, and neither state nor web', () => {
    const lists = [
      'collectors/collector.ts',
      'collectors/index.ts',
      'collectors/permissions.ts',
      'collectors/selection.ts',
    ];
    const forbidden = ({ to }: Import) =>
      isIn(to, 'state', 'web', 'simulator') || (isIn(to, 'collectors') && !lists.includes(to));
    expect(offending(found => isIn(found.from, 'check', 'iam') && forbidden(found))).toEqual([]);
    const inside = ({ from, to }: Import) => isIn(to, 'check', 'iam') && !isIn(from, 'check', 'iam', 'commands');
    expect(offending(inside)).toEqual([]);
  });

  test('web knows of the exposition only what a scrape is', () => {
    const inside = ({ to, typeOnly }: Import) =>
      isIn(to, 'metrics') && to !== 'metrics/format.ts' && !(typeOnly && to === 'metrics/scrapes.ts');
    expect(offending(found => isIn(found.from, 'web') && inside(found))).toEqual([]);
  });

  test('the simulator needs nothing but Node, and only the demo needs it', () => {
    expect(
      offending(({ from, to }) => isIn(from, 'simulator') && !isIn(to, 'simulator') && !to.startsWith('node:')),
    ).toEqual([]);
    expect(
      offending(({ from, to }) => isIn(to, 'simulator') && !isIn(from, 'simulator') && from !== 'commands/demo.ts'),
    ).toEqual([]);
  });

  test('has no rooms for odds and ends, and no marks are left', () => {
    expect(files.filter(file => /(^|\/)(utils?|helpers?|common|types|manager|handler)s?(\/|\.ts$)/.test(file))).toEqual(
      [],
    );
    const marked = files.filter(file =>
      /\b(TODO|FIXME|XXX|HACK)\b|@ts-|biome-ignore/.test(readFileSync(join(root, 'src', file), 'utf8')),
    );
    expect(marked).toEqual([]);
  });

  test('types carry the rules: no any, no cast, no non-null assertion', () => {
    const loose = files.flatMap(file =>
      readFileSync(join(root, 'src', file), 'utf8')
        .split('\n')
        .filter(line => !/^\s*(\*|\/\/|\/\*)/.test(line) && !line.startsWith('import'))
        .filter(line =>
          /[:<]\s*any\b|\bas any\b|\)\s+as\s+(?!const)|\w\s+as\s+(?!const\b)[A-Z]\w*[;),]|[\w\])]!(?=[.;,)[])/.test(
            line.replace(/'[^']*'|`[^`]*`|"[^"]*"/g, "''"),
          ),
        )
        .map(line => `${file}: ${line.trim()}`),
    );
    expect(loose).toEqual([]);
  });
});
