import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { collectors } from '../../src/collectors/index.ts';
import { createExposition } from '../../src/metrics/exposition.ts';
import { type Exemplar, type Family, familiesOf } from '../../src/metrics/family.ts';
import type { Format } from '../../src/metrics/format.ts';
import { renderEntity } from '../../src/metrics/rendered.ts';
import { createScrape, scrapeWhole } from '../../src/metrics/scrapes.ts';
import { createTelemetry } from '../../src/metrics/telemetry.ts';
import { parseExposition, samplesOf, sampleValue } from '../exposition-parser.ts';
import { parseOpenMetrics } from '../openmetrics-parser.ts';

interface Thing {
  readonly name: string;
  readonly exemplar?: Exemplar;
}

const family = familiesOf<Thing>();
const families: readonly Family<Thing>[] = [
  family({
    name: 'thing_work_seconds_total',
    help: 'Work with a \\, "quotes" and a\nnewline.',
    type: 'counter',
    unit: 'seconds',
    labelNames: [],
    samples: () => [{ labels: [], value: 1.5 }],
  }),
  family({
    name: 'thing_failures_total',
    help: 'Failures.',
    type: 'counter',
    exemplars: true,
    labelNames: ['state'],
    samples: ({ exemplar }) => [
      { labels: ['FAILED'], value: 3, exemplar },
      { labels: ['STOPPED'], value: 0 },
    ],
  }),
  family({
    name: 'thing_info',
    help: 'Info.',
    type: 'gauge',
    labelNames: [],
    samples: () => [{ labels: [], value: 1 }],
  }),
];

const exemplarOf = (id: string): Exemplar => ({ labels: { run_id: id }, value: 1, timestamp: 1_600_000_000.25 });

const exposed = async (things: readonly Thing[]) => {
  const exposition = createExposition([{ name: 'things', families }], 10_000);
  for (const thing of things) exposition.put('things', thing.name, renderEntity(families, { name: thing.name }, thing));
  await exposition.refreshed();
  const plain = (format: Format) => Buffer.concat(exposition.plain(format)).toString();
  return { exposition, text: plain('text'), openmetrics: `${plain('openmetrics')}# EOF\n` };
};

describe('OpenMetrics', () => {
  test('is written to the letter: no _total in the name of a counter, its unit, and escaped quotes', async () => {
    const { openmetrics } = await exposed([{ name: 'a "b"' }]);
    expect(openmetrics.split('\n').slice(0, 4)).toEqual([
      '# TYPE thing_work_seconds counter',
      '# UNIT thing_work_seconds seconds',
      '# HELP thing_work_seconds Work with a \\\\, \\"quotes\\" and a\\nnewline.',
      'thing_work_seconds_total{name="a \\"b\\""} 1.5',
    ]);
    const [work] = parseOpenMetrics(openmetrics);
    expect(work?.help).toBe(families[0]?.help);
    expect(work?.samples).toEqual([
      { name: 'thing_work_seconds_total', labels: { name: 'a "b"' }, value: 1.5, exemplar: undefined },
    ]);
  });

  test('has the series of the text format, and exemplars that the text format does not know', async () => {
    const things = Array.from({ length: 200 }, (_, index) => ({
      name: `${index}`,
      ...(index % 90 === 1 ? { exemplar: exemplarOf(`jr_${index}`) } : {}),
    }));
    const { text, openmetrics } = await exposed(things);
    expect(text).not.toContain('jr_');
    const samples = parseOpenMetrics(openmetrics).flatMap(found => found.samples);
    const plain = parseExposition(text).flatMap(found => found.samples);
    expect(samples.map(({ name, labels, value }) => ({ name, labels, value }))).toEqual(
      plain.map(({ name, labels, value }) => ({ name, labels, value })),
    );
    expect(samples.flatMap(({ labels, exemplar }) => (exemplar === undefined ? [] : [{ labels, exemplar }]))).toEqual(
      [1, 91, 181].map(index => ({
        labels: { name: `${index}`, state: 'FAILED' },
        exemplar: exemplarOf(`jr_${index}`),
      })),
    );
  });

  test('follows an exemplar that comes, changes and goes', async () => {
    const { exposition } = await exposed([{ name: 'a' }, { name: 'b' }]);
    const exemplars = async (exemplar: Exemplar | undefined) => {
      const thing = { name: 'a', ...(exemplar === undefined ? {} : { exemplar }) };
      exposition.put('things', 'a', renderEntity(families, { name: 'a' }, thing));
      await exposition.refreshed();
      const bytes = Buffer.concat([...exposition.plain('openmetrics'), Buffer.from('# EOF\n')]);
      const samples = parseOpenMetrics(bytes.toString()).flatMap(found => found.samples);
      expect(samples).toHaveLength(8);
      return samples.flatMap(found => found.exemplar?.labels.run_id ?? []);
    };
    expect(await exemplars(exemplarOf('jr_1'))).toEqual(['jr_1']);
    expect(await exemplars(exemplarOf('jr_2'))).toEqual(['jr_2']);
    expect(await exemplars(undefined)).toEqual([]);
  });

  test('leaves out an exemplar whose labels have more than 128 characters, names included', async () => {
    const longest = '🦆'.repeat(128 - 'run_id'.length);
    const of = async (id: string) => {
      const { openmetrics } = await exposed([{ name: 'a', exemplar: exemplarOf(id) }]);
      return parseOpenMetrics(openmetrics).flatMap(({ samples }) =>
        samples.flatMap(({ exemplar }) => exemplar?.labels.run_id ?? []),
      );
    };
    expect(await of(longest)).toEqual([longest]);
    expect(await of(`${longest}x`)).toEqual([]);
  });

  test('shares its bytes with the text format, but for headers and exemplars', async () => {
    const { exposition } = await exposed([{ name: 'a', exemplar: exemplarOf('jr_1') }]);
    const text = new Set(exposition.plain('text'));
    const others = exposition.plain('openmetrics').filter(bytes => !text.has(bytes));
    expect(others.map(bytes => bytes.toString().split(/[ {]/)[0])).toEqual(['#', '#', 'thing_failures_total', '#']);
  });

  test('has the unit of each family as the end of its name', () => {
    const headers = [
      ...collectors.flatMap(collector => collector.families),
      ...createTelemetry({ version: '', nodeVersion: '' }).headers,
    ];
    const seconds = headers.filter(({ name }) => /_seconds(_total)?$/.test(name));
    expect(seconds.length).toBeGreaterThan(15);
    for (const { name, unit } of seconds)
      expect([name, unit]).toEqual([name, /_dpu_/.test(name) ? 'dpu_seconds' : 'seconds']);
    const others = headers.filter(header => !seconds.includes(header));
    for (const { name, unit } of others) expect([name, unit]).toEqual([name, undefined]);
  });
});

describe('a scrape', () => {
  const telemetry = createTelemetry({ version: '1.2.3', nodeVersion: 'v20' });
  telemetry.targetUp.set({ aws_account_id: '1', aws_region: 'eu' }, 1);

  test("has the exporter's own series in either format, compressed or not", async () => {
    const { exposition } = await exposed([{ name: 'a' }]);
    const scrape = createScrape(exposition, telemetry.expose);
    for (const format of ['text', 'openmetrics'] as const) {
      const plain = Buffer.concat(await scrapeWhole(scrape, { format, gzip: false })).toString();
      const zipped = gunzipSync(Buffer.concat(await scrapeWhole(scrape, { format, gzip: true }))).toString();
      const parse = format === 'text' ? parseExposition : parseOpenMetrics;
      const names = parse(plain).map(({ name }) => name);
      expect(parse(zipped).map(({ name }) => name)).toEqual(names);
      expect(names).toContain('process_resident_memory_bytes');
      expect(names).toContain(format === 'text' ? 'process_cpu_seconds_total' : 'process_cpu_seconds');
      expect(names.indexOf('thing_info')).toBeLessThan(names.indexOf('aws_glue_exporter_target_up'));
    }
  });

  test("renders the exporter's own series once for all that come in one turn, and again for who comes later", async () => {
    const { exposition } = await exposed([]);
    let renderings = 0;
    const scrape = createScrape(exposition, () => {
      renderings += 1;
      return { pieces: [], process: Promise.resolve(`${renderings}`) };
    });
    const textOf = async (gzip: boolean) => {
      const bytes = Buffer.concat(await scrapeWhole(scrape, { format: 'text', gzip }));
      return (gzip ? gunzipSync(bytes) : bytes).toString();
    };
    expect(await Promise.all([textOf(true), textOf(false), textOf(true)])).toEqual(['1', '1', '1']);
    expect(await textOf(true)).toBe('2');
  });

  test.each([
    ['plain', false],
    ['compressed', true],
  ])('%s: the Glue series are on their way when the rest is rendered', async (_how, gzip) => {
    const { exposition } = await exposed([{ name: 'a' }]);
    const order: string[] = [];
    const scrape = createScrape(exposition, () => {
      order.push('rendered');
      return { pieces: [], process: Promise.resolve('# EOF\n') };
    });
    await scrape({ format: 'text', gzip }, first => {
      const bytes = first.reduce((sum, { length }) => sum + length, 0);
      order.push(bytes > 100 ? 'begun' : 'begun with nothing');
    });
    expect(order).toEqual(['begun', 'rendered']);
  });

  test.each([
    ['plain', false],
    ['compressed', true],
  ])(
    '%s shows the Glue series that the exporter speaks of, whatever changes while it is put together',
    async (_how, gzip) => {
      const { exposition } = await exposed([{ name: 'a' }]);
      const target = { aws_account_id: '2', aws_region: 'eu' };
      telemetry.targetUp.set(target, 0);
      const scrape = createScrape(exposition, (format, series) => {
        const { pieces, process } = telemetry.expose(format, series);
        // A poll ends.
        const polled = async (): Promise<string> => {
          telemetry.targetUp.set(target, 1);
          exposition.put('things', 'b', renderEntity(families, { name: 'b' }, { name: 'b' }));
          await exposition.refreshed();
          expect(exposition.shownSeries).toBe(8);
          return process;
        };
        return { pieces, process: polled() };
      });
      const shown = async (): Promise<readonly unknown[]> => {
        const bytes = Buffer.concat(await scrapeWhole(scrape, { format: 'text', gzip }));
        const parsed = parseExposition((gzip ? gunzipSync(bytes) : bytes).toString());
        const glue = parsed.filter(({ name }) => name.startsWith('thing_')).flatMap(({ samples }) => samples);
        const up = samplesOf(parsed, 'aws_glue_exporter_target_up', target).map(({ value }) => value);
        return [sampleValue(parsed, 'aws_glue_exporter_series', {}), glue.length, ...up];
      };
      expect(await shown()).toEqual([4, 4, 0]);
      expect(await shown()).toEqual([8, 8, 1]);
    },
  );
});
