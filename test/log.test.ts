import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createLog, LOG_LEVELS, type Log, type LogFormat, type LogLevel } from '../src/log.ts';

const written = (format: LogFormat, level: LogLevel, use: (log: Log) => void): string[] => {
  const lines: string[] = [];
  use(createLog({ level, format, write: line => lines.push(line) }));
  return lines;
};

/** The pairs of a logfmt line; fails on anything that is none. */
const parseLogfmt = (line: string): Record<string, string> => {
  const pairs: Record<string, string> = {};
  let rest = line;
  while (rest !== '') {
    const [whole = '', key = '', value = ''] = /^([a-z_]+)=("(?:[^"\\]|\\.)*"|[^\s"=]+)(?: |\n$)/.exec(rest) ?? [];
    if (whole === '') throw new Error(`no logfmt: ${rest}`);
    const text: unknown = value.startsWith('"') ? JSON.parse(value) : value;
    pairs[key] = `${text}`;
    rest = rest.slice(whole.length);
  }
  return pairs;
};

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('\n', '\r', '"', '\\', ' ', '=', '\0', '\u0085', '\u2028', '\u009b', '\x1b', 'a'),
  }),
);

/** Everything that some reader of logs takes for the end of a line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
const LINE_ENDS = /[\n\v\f\r\x1c-\x1e\u0085\u2028\u2029]/;
/** What a terminal may obey. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
const CONTROLS = /[\x00-\x1f\x7f-\x9f]/;

afterEach(() => {
  vi.useRealTimers();
});

describe('a line of the log', () => {
  it('is what Prometheus writes', () => {
    vi.useFakeTimers({ now: Date.UTC(2026, 2, 1, 12) });
    const lines = written('logfmt', 'info', log =>
      log
        .with({ region: 'eu-west-1' })
        .warn('Poll failed', { jobs: 3, up: false, why: 'no answer', account: undefined }),
    );
    expect(lines).toEqual([
      'time=2026-03-01T12:00:00.000Z level=WARN msg="Poll failed" region=eu-west-1 jobs=3 up=false why="no answer"\n',
    ]);
  });

  it('is an object in JSON', () => {
    vi.useFakeTimers({ now: Date.UTC(2026, 2, 1, 12) });
    const [line = ''] = written('json', 'info', log =>
      log.with({ region: 'eu-west-1' }).error('Poll failed', { jobs: 3, up: false, account: undefined }),
    );
    expect(JSON.parse(line)).toEqual({
      time: '2026-03-01T12:00:00.000Z',
      level: 'ERROR',
      msg: 'Poll failed',
      region: 'eu-west-1',
      jobs: 3,
      up: false,
    });
  });

  it.each([
    ['plain', 'a-b_c.d:e/f@g+1', 'a-b_c.d:e/f@g+1'],
    ['nothing', '', '""'],
    ['a space', 'a b', '"a b"'],
    ['an equals sign', 'a=b', '"a=b"'],
    ['a quote', 'a"b', '"a\\"b"'],
    ['a backslash', 'a\\b', '"a\\\\b"'],
    ['a new line', 'a\nlevel=ERROR', '"a\\nlevel=ERROR"'],
    ['an escape sequence', '\x1b[2J', '"\\u001b[2J"'],
    ['a control character above ASCII', '\u009b2J', '"\\u009b2J"'],
    ['a line separator', 'a\u2028b', '"a\\u2028b"'],
    ['letters of the world', 'größe', '"größe"'],
  ])('quotes %s when it must', (_what, value, shown) => {
    const [line = ''] = written('logfmt', 'info', log => log.info('x', { value }));
    expect(line.endsWith(` value=${shown}\n`)).toBe(true);
  });

  it('stays one line that says what was logged, whatever it is', () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (message, bound, error) => {
        const [line = '', ...others] = written('logfmt', 'debug', log => log.with({ bound }).info(message, { error }));
        expect(others).toEqual([]);
        expect(line.slice(0, -1)).not.toMatch(LINE_ENDS);
        expect(line.slice(0, -1)).not.toMatch(CONTROLS);
        expect(parseLogfmt(line)).toMatchObject({ level: 'INFO', msg: message, bound, error });
      }),
    );
  });

  it('stays one line of JSON that says what was logged, whatever it is', () => {
    fc.assert(
      fc.property(hostile, hostile, (message, error) => {
        const [line = '', ...others] = written('json', 'debug', log => log.info(message, { error }));
        expect(others).toEqual([]);
        expect(line.slice(0, -1)).not.toMatch(LINE_ENDS);
        expect(line.slice(0, -1)).not.toMatch(CONTROLS);
        expect(JSON.parse(line)).toMatchObject({ msg: message, error });
      }),
    );
  });
});

describe('the level', () => {
  it.each(LOG_LEVELS)('%s hides what is below it', level => {
    const levels = written('logfmt', level, log => {
      for (const each of LOG_LEVELS) log.with({ n: 1 })[each]('x');
    }).map(line => parseLogfmt(line).level?.toLowerCase());
    expect(levels).toEqual(LOG_LEVELS.slice(LOG_LEVELS.indexOf(level)));
  });
});

it('keys that are not in snake_case are no fields', () => {
  const log = createLog({ level: 'info', format: 'logfmt', write: () => {} });
  // @ts-expect-error The types of all calls hold this, and test/daemon.ts checks every line that a daemon writes.
  log.info('x', { createdAt: 1 });
  log.info('x', { created_at: 1 });
});
