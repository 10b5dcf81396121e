import { Counter, Gauge, Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { createExposition, renderEntity } from '../../src/metrics/exposition.ts';
import { type Family, familiesOf, known, stateSet } from '../../src/metrics/family.ts';
import { createTelemetry } from '../../src/metrics/telemetry.ts';
import { parseExposition } from '../exposition-parser.ts';

interface Thing {
  readonly name: string;
  readonly size: number;
  readonly state: string | undefined;
}

const family = familiesOf<Thing>();
const families: readonly Family<Thing>[] = [
  family({
    name: 'thing_size',
    help: 'Size, with a \\ and a\nnewline and "quotes".',
    type: 'gauge',
    labelNames: [],
    samples: thing => known(thing.size),
  }),
  family({
    name: 'thing_state',
    help: 'State.',
    type: 'gauge',
    labelNames: ['state'],
    samples: thing => stateSet(['ON', 'OFF'], thing.state),
  }),
  family({
    name: 'things_total',
    help: 'Total.',
    type: 'counter',
    labelNames: ['a', 'b'],
    samples: thing => [{ labels: ['x', thing.name], value: Math.min(Math.abs(thing.size), 1e21) }],
  }),
];

const HOSTILE = [
  'plain',
  'with "quotes"',
  'back\\slash and \\n not a newline',
  'new\nline',
  'carriage\rreturn',
  'nul\u0000byte',
  'tab\t',
  'emoji 🦆 and ünïcödé',
  '{job="x"} 1',
  '# HELP x',
  ' spaces ',
  'x'.repeat(255),
  '',
];

const render = (things: readonly Thing[]): string => {
  const exposition = createExposition([{ name: 'things', families }], 1_000_000);
  for (const thing of things) {
    exposition.put('things', thing.name, renderEntity(families, { region: 'eu', name: thing.name }, thing));
  }
  return exposition.text();
};

describe('the exposition', () => {
  test('is byte for byte what prom-client writes for the same series', async () => {
    const values = [
      0,
      1,
      -1,
      0.1,
      1e21,
      1e-7,
      1_795_302_530.457,
      Number.MAX_SAFE_INTEGER,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ];
    const things = HOSTILE.map((name, index) => ({
      name,
      size: values[index % values.length] ?? 0,
      state: index % 2 ? 'ON' : undefined,
    }));
    const registry = new Registry();
    const registers = [registry];
    const [size, state, total] = families;
    const sizes = new Gauge({ name: 'thing_size', help: size?.help ?? '', labelNames: ['region', 'name'], registers });
    const states = new Gauge({
      name: 'thing_state',
      help: state?.help ?? '',
      labelNames: ['region', 'name', 'state'],
      registers,
    });
    const totals = new Counter({
      name: 'things_total',
      help: total?.help ?? '',
      labelNames: ['region', 'name', 'a', 'b'],
      registers,
    });
    for (const thing of things) {
      const labels = { region: 'eu', name: thing.name };
      sizes.set(labels, thing.size);
      if (thing.state !== undefined) {
        states.set({ ...labels, state: 'ON' }, 1);
        states.set({ ...labels, state: 'OFF' }, 0);
      }
      totals.inc({ ...labels, a: 'x', b: thing.name }, Math.min(Math.abs(thing.size), 1e21));
    }
    const ours = render(things);
    const theirs = (await registry.metrics()).replaceAll('\n\n#', '\n#');
    expect(ours).toBe(theirs);
  });

  test('carries hostile names unchanged through a strict parser', () => {
    const text = render(HOSTILE.map(name => ({ name, size: 1, state: 'ON' })));
    const parsed = parseExposition(text);
    const names = parsed.find(({ name }) => name === 'thing_size')?.samples.map(({ labels }) => labels.name);
    expect(names).toEqual(HOSTILE);
  });

  test('leaves out a family without samples, header included', () => {
    expect(render([{ name: 'a', size: 1, state: undefined }])).not.toContain('thing_state');
    expect(render([])).toBe('');
  });

  test('replaces what an entity exposed before, and forgets it when it is removed', () => {
    const exposition = createExposition([{ name: 'things', families }], 100);
    const put = (size: number) => {
      const rendered = renderEntity(families, { name: 'a' }, { name: 'a', size, state: 'ON' });
      exposition.put('things', 'a', rendered);
      return rendered;
    };
    const first = put(1);
    const before = exposition.text();
    put(2);
    expect(exposition.text()).toContain('thing_size{name="a"} 2\n');
    expect(exposition.text()).not.toContain('thing_size{name="a"} 1\n');
    expect(exposition.series).toBe(4);
    const last = put(1);
    expect(exposition.text()).toBe(before);
    exposition.remove('things', 'a', first);
    expect(exposition.text(), 'what was replaced meanwhile stays').toBe(before);
    exposition.remove('things', 'a', last);
    expect(exposition.text()).toBe('');
    expect(exposition.series).toBe(0);
  });

  test('is the same string until something changes: a scrape renders nothing', () => {
    let renderings = 0;
    const count = (thing: Thing) => {
      renderings += 1;
      return known(thing.size);
    };
    const counting: Family<Thing>[] = [{ ...(families[0] ?? fail()), samples: count }];
    const exposition = createExposition([{ name: 'things', families: counting }], 100);
    exposition.put('things', 'a', renderEntity(counting, {}, { name: 'a', size: 1, state: 'ON' }));
    expect(exposition.text()).toBe(exposition.text());
    expect(renderings).toBe(1);
  });

  test('refuses an entity that the series limit leaves no room for, and keeps the others', () => {
    const exposition = createExposition([{ name: 'things', families }], 8);
    const rendered = (name: string) => renderEntity(families, { name }, { name, size: 1, state: 'ON' });
    const a = rendered('a');
    const put = (name: string) => exposition.put('things', name, name === 'a' ? a : rendered(name));
    expect([put('a'), put('b'), put('c')]).toEqual([true, true, false]);
    expect(exposition.series).toBe(8);
    expect(exposition.text()).not.toContain('name="c"');
    exposition.remove('things', 'a', a);
    expect(put('c')).toBe(true);
    exposition.setLimit(7);
    expect([put('c'), put('b')], 'a lower limit holds from the next put on').toEqual([false, true]);
    expect(exposition.series).toBe(4);
  });
});

describe("the exporter's own metrics", () => {
  test('are written by the same encoder, and parse strictly', async () => {
    const telemetry = createTelemetry({ version: '1.2.3', nodeVersion: 'v20' });
    telemetry.targetUp.set({ aws_account_id: '1', aws_region: 'eu' }, 1);
    const parsed = parseExposition(await telemetry.text());
    const names = parsed.map(({ name }) => name);
    expect(names).toContain('process_resident_memory_bytes');
    expect(parsed.find(({ name }) => name === 'aws_glue_exporter_target_up')?.samples).toEqual([
      { name: 'aws_glue_exporter_target_up', labels: { aws_account_id: '1', aws_region: 'eu' }, value: 1 },
    ]);
  });
});

const fail = (): never => {
  throw new Error('no such family');
};
