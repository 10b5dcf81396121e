import { describe, expect, it } from 'vitest';
import { parseExposition, samplesOf, sampleValue, seriesKey } from './exposition-parser.ts';

const header = (name: string, type = 'gauge') => `# HELP ${name} What it says.\n# TYPE ${name} ${type}\n`;

describe('a good exposition', () => {
  it('is families with their samples', () => {
    const text = `${header('a_total', 'counter')}a_total{x="1",y="2"} 3\na_total{x="2",y="2"} 4.5e-3 1700000000000\n${header('b')}b -Inf\n`;
    expect(parseExposition(text)).toEqual([
      {
        name: 'a_total',
        help: 'What it says.',
        type: 'counter',
        samples: [
          { name: 'a_total', labels: { x: '1', y: '2' }, value: 3, timestamp: undefined },
          { name: 'a_total', labels: { x: '2', y: '2' }, value: 0.0045, timestamp: 1_700_000_000_000 },
        ],
      },
      {
        name: 'b',
        help: 'What it says.',
        type: 'gauge',
        samples: [{ name: 'b', labels: {}, value: Number.NEGATIVE_INFINITY, timestamp: undefined }],
      },
    ]);
  });

  it('may be empty, have families without samples, blank lines, comments, empty help and a comma at the end', () => {
    expect(parseExposition('')).toEqual([]);
    expect(parseExposition('# HELP a\n# TYPE a gauge\n')).toMatchObject([{ name: 'a', help: '', samples: [] }]);
    const [family] = parseExposition(`\n# a comment\n#\n${header('a')}\na{x="1",} 2\n`);
    expect(family?.samples).toHaveLength(1);
  });

  it.each([
    ['0', 0],
    ['-1.5', -1.5],
    ['+.5', 0.5],
    ['5.', 5],
    ['1e+21', 1e21],
    ['NaN', Number.NaN],
    ['+Inf', Number.POSITIVE_INFINITY],
    ['Inf', Number.POSITIVE_INFINITY],
    ['-Inf', Number.NEGATIVE_INFINITY],
  ])('takes %s for a value', (text, value) => {
    expect(sampleValue(parseExposition(`${header('a')}a ${text}\n`), 'a')).toBe(value);
  });

  it('has its escapes undone, and takes every other character as it is', () => {
    const text = `# HELP a Back\\\\slash, new\\nline, "quotes"\n# TYPE a gauge\na{x="\\\\n\\n\\"\\\\\\"",y="{} #,=\r\0\t\u2028 é 🚀"} 1\n`;
    const [family] = parseExposition(text);
    expect(family?.help).toBe('Back\\slash, new\nline, "quotes"');
    expect(family?.samples[0]?.labels).toEqual({ x: '\\n\n"\\"', y: '{} #,=\r\0\t\u2028 é 🚀' });
  });

  it('holds histograms and summaries', () => {
    const histogram = `${header('h', 'histogram')}h_bucket{le="1"} 0\nh_bucket{le="+Inf"} 2\nh_sum 3\nh_count 2\n`;
    const summary = `${header('s', 'summary')}s{quantile="0.5"} 1\ns_sum 3\ns_count 2\n`;
    expect(parseExposition(histogram + summary).map(({ samples }) => samples.length)).toEqual([4, 3]);
  });

  it('may come as bytes', () => {
    expect(parseExposition(Buffer.from(`${header('a')}a{x="é"} 1\n`))[0]?.samples[0]?.labels).toEqual({ x: 'é' });
  });
});

describe('a malformed exposition is rejected with the number of the line', () => {
  it.each([
    ['no newline at the end', `${header('a')}a 1`, 'line 3: the last line does not end'],
    ['a second HELP', `${header('a')}a 1\n${header('a')}a{x="1"} 1\n`, 'line 4: a has HELP already'],
    ['a second TYPE', `${header('a')}# TYPE a gauge\n`, 'line 3: a has TYPE already'],
    ['TYPE without HELP', '# TYPE a gauge\na 1\n', 'line 1: TYPE of a does not follow its HELP'],
    ['TYPE before HELP', '# TYPE a gauge\n# HELP a x\na 1\n', 'line 1: TYPE of a does not follow its HELP'],
    ['TYPE of another family', '# HELP a x\n# TYPE b gauge\n', 'line 2: TYPE of b does not follow its HELP'],
    ['TYPE after a sample', '# HELP a x\na 1\n# TYPE a gauge\n', 'line 2: a has no HELP and TYPE'],
    ['HELP without TYPE', `# HELP a x\n${header('b')}b 1\n`, 'line 2: a has HELP but no TYPE'],
    ['HELP without TYPE at the end', '# HELP a x\n', 'line 1: a has HELP but no TYPE'],
    ['an unknown type', '# HELP a x\n# TYPE a thermometer\n', 'line 2: "thermometer" is no type'],
    ['a bad name in HELP', '# HELP 1a x\n', 'line 1: "1a" is no name'],
    ['a sample of no family', `${header('a')}b 1\n`, 'line 3: b has no HELP and TYPE'],
    [
      'samples that are not together',
      `${header('a')}a{x="1"} 1\n${header('b')}b 1\na{x="2"} 1\n`,
      'line 7: a stands apart',
    ],
    ['a series twice', `${header('a')}a{x="1",y="2"} 1\na{y="2",x="1"} 1\n`, 'line 4: the series a{x="1",y="2"} is'],
    ['a suffix that is not the type’s', `${header('a')}a_sum 1\n`, 'line 3: a_sum has no HELP and TYPE'],
    ['a bucket without le', `${header('h', 'histogram')}h_bucket 1\n`, 'line 3: h_bucket has no HELP and TYPE'],
    ['a bad name', `${header('a')}1a 1\n`, 'line 3: the name of a metric is expected'],
    ['a bad label name', `${header('a')}a{x-y="1"} 1\n`, 'line 3: =" is expected'],
    ['a label name with a digit first', `${header('a')}a{1x="1"} 1\n`, 'line 3: the name of a label is expected'],
    ['a label name with a colon', `${header('a')}a{x:y="1"} 1\n`, 'line 3: =" is expected'],
    ['a reserved label', `${header('a')}a{__name__="1"} 1\n`, 'line 3: the label __name__ belongs to Prometheus'],
    ['a label twice', `${header('a')}a{x="1",x="2"} 1\n`, 'line 3: the label x is there twice'],
    ['a value without quotes', `${header('a')}a{x=1} 1\n`, 'line 3: =" is expected'],
    ['a raw newline in a value', `${header('a')}a{x="1\n2"} 1\n`, 'line 3: a closing quote is expected'],
    ['a raw quote in a value', `${header('a')}a{x="1"2"} 1\n`, 'line 3: , or } is expected'],
    ['an unknown escape', `${header('a')}a{x="\\r"} 1\n`, 'line 3: \\r is no escape'],
    ['an escape of the quote alone', `${header('a')}a{x="\\"} 1\n`, 'line 3: a closing quote is expected'],
    ['an escaped quote in HELP', '# HELP a \\"x\\"\n# TYPE a gauge\n', 'line 1: \\" is no escape'],
    ['a backslash at the end of HELP', '# HELP a x\\\n# TYPE a gauge\n', 'line 1: \\ is no escape'],
    ['labels that are not closed', `${header('a')}a{x="1" 1\n`, 'line 3: , or } is expected'],
    ['no value', `${header('a')}a\n`, 'line 3: a blank is expected'],
    ['no value after the blank', `${header('a')}a \n`, 'line 3: a value is expected'],
    ['a word for a value', `${header('a')}a undefined\n`, 'line 3: a value is expected'],
    ['Infinity as JavaScript spells it', `${header('a')}a Infinity\n`, 'line 3: a value is expected'],
    ['a hexadecimal value', `${header('a')}a 0x10\n`, 'line 3: a value is expected'],
    ['a value with a comma', `${header('a')}a 1,5\n`, 'line 3: a value is expected'],
    ['two blanks', `${header('a')}a  1\n`, 'line 3: a value is expected'],
    ['a carriage return at the end', `${header('a')}a 1\r\n`, 'line 3: a value is expected'],
    ['a blank at the end', `${header('a')}a 1 \n`, 'line 3: a timestamp is expected'],
    ['a timestamp with a fraction', `${header('a')}a 1 1.5\n`, 'line 3: a timestamp is expected'],
    ['more after the timestamp', `${header('a')}a 1 2 3\n`, 'line 3: a timestamp is expected'],
    ['a byte order mark', `\uFEFF${header('a')}a 1\n`, 'line 1: the name of a metric is expected'],
  ])('%s', (_mistake, text, message) => {
    expect(() => parseExposition(text)).toThrow(message);
  });

  it('bytes that are not UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from(`${header('a')}a{x="`), Buffer.from([0xff]), Buffer.from('"} 1\n')]);
    expect(() => parseExposition(bytes)).toThrow('not UTF-8');
  });
});

describe('looking things up', () => {
  const families = parseExposition(`${header('a')}a{x="1",y="1"} 1\na{x="1",y="2"} 2\n`);

  it('by name and some labels', () => {
    expect(samplesOf(families, 'a', { x: '1' })).toHaveLength(2);
    expect(sampleValue(families, 'a', { y: '2' })).toBe(2);
    expect(sampleValue(families, 'a', { y: '3' })).toBeUndefined();
    expect(() => sampleValue(families, 'a', { x: '1' })).toThrow('a has 2 samples');
  });

  it('a series is the same whatever the order of its labels', () => {
    expect(seriesKey({ name: 'a', labels: { y: '2', x: '1' } })).toBe(
      seriesKey({ name: 'a', labels: { x: '1', y: '2' } }),
    );
  });
});
