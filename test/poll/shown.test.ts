import { expect, test } from 'vitest';
import type { Histories } from '../../src/collectors/collector.ts';
import { createLog } from '../../src/log.ts';
import { createExposition } from '../../src/metrics/exposition.ts';
import { familiesOf, known } from '../../src/metrics/family.ts';
import { type Tracked, track } from '../../src/poll/entity.ts';
import { createShown } from '../../src/poll/shown.ts';

type Thing = Tracked<{ readonly name: string }, null>;

const family = familiesOf<{ readonly definition: { readonly name: string } }>();

/** A collector whose entities have one series each. */
const collector: Histories<{ readonly name: string }, null> = {
  name: 'things',
  words: { one: 'thing', many: 'things' },
  isDefault: true,
  labelNames: ['thing_name'],
  operations: [],
  families: [family({ name: 'thing', help: 'A thing.', type: 'gauge', labelNames: [], samples: () => known(1) })],
  maxPageSize: 1,
  list: async () => [],
  readRuns: async () => ({ runs: [], nextToken: undefined, errors: new Map() }),
  longestRunSeconds: () => 0,
  isFacts: (value): value is null => value === null,
  consoleLink: () => '',
  tally: () => [],
  results: [],
  resultOf: () => undefined,
  settle: run => run,
  readRun: async () => ({ runs: [], nextToken: undefined }),
};

const targetIn = (region: string) => ({ accountId: '111122223333', region, labels: {}, epoch: 0 });

/** Two targets that share the series limit. */
const sharing = (limit: number) => {
  const exposition = createExposition([collector], limit);
  const lines: string[] = [];
  const log = createLog({ level: 'info', format: 'logfmt', write: line => lines.push(line.replace(/^time=\S+ /, '')) });
  const of = (region: string) => {
    const things = new Map<string, Thing>();
    const drops: number[] = [];
    const shown = createShown<Thing>(collector, exposition, log, series => drops.push(series));
    const thing = (name: string): Thing => {
      const found = things.get(name) ?? track({ name });
      things.set(name, found);
      return found;
    };
    return {
      drops,
      /** A poll that reads these; returns what is exposed at its end. */
      poll(...names: readonly string[]): readonly string[] {
        for (const name of names) shown.show(targetIn(region), thing(name));
        shown.end();
        return [...things.values()]
          .filter(({ published }) => published !== undefined)
          .map(each => each.definition.name);
      },
      hide: (name: string) => shown.hide(thing(name)),
      suspend: (name: string) => shown.suspend(thing(name)),
    };
  };
  return { lines, here: of('eu-west-1'), there: of('us-east-1') };
};

test('what waits for room is shown at the end of the next poll, whether it was read or not, and whoever made room', () => {
  const { here, there } = sharing(3);
  expect(here.poll('a', 'b', 'c', 'd')).toEqual(['a', 'b', 'c']);
  expect(there.poll('e')).toEqual([]);
  here.hide('a');
  expect(there.poll(), 'd came before').toEqual([]);
  expect(here.poll('b')).toEqual(['b', 'c', 'd']);
  here.hide('b');
  expect(there.poll()).toEqual(['e']);
  expect([here.drops, there.drops], 'only attempts to show are counted').toEqual([[1], [1]]);
});

test('stale entities get their room back', () => {
  const { here, there } = sharing(2);
  expect(here.poll('a', 'b')).toEqual(['a', 'b']);
  here.suspend('a');
  here.suspend('b');
  expect(here.poll()).toEqual([]);
  expect(there.poll('c')).toEqual([]);
  expect(here.poll('b')).toEqual(['b']);
  here.hide('a');
  expect(there.poll()).toEqual(['c']);
});

test('the log names the first of those that are dropped, once, and again when there are more', () => {
  const { here, lines } = sharing(1);
  here.poll('a');
  expect(lines).toEqual([]);
  here.poll('i', 'h', 'g', 'f', 'e', 'd', 'c');
  here.poll('a', 'c', 'd', 'e');
  here.hide('g');
  here.poll('i');
  expect(lines).toEqual([
    'level=WARN msg="Series limit reached, some entities are not exposed" entities=7 names="c, d, e, f, g" more=2\n',
  ]);
  lines.length = 0;
  here.poll('b');
  for (const name of 'abcdef') here.hide(name);
  here.poll();
  here.hide('h');
  here.poll();
  here.poll();
  expect(lines).toEqual([
    'level=WARN msg="Series limit reached, some entities are not exposed" entities=7 names="b, c, d, e, f" more=2\n',
    'level=INFO msg="All entities are exposed again"\n',
  ]);
});
