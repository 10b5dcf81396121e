import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { ConfigError, defaultConfig, parseConfig } from '../../src/config/load.ts';
import { parseWebConfig } from '../../src/config/web-load.ts';
import { usualNames } from './usual-names.ts';

const read = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8');
const filesLike = (form: RegExp) => readdirSync(new URL('.', import.meta.url)).filter(file => form.test(file));
const config = (text: string): Config => parseConfig(text, 'config.yaml', usualNames);

const messagesOf = (text: string, file = 'config.yaml'): string[] => {
  try {
    parseConfig(text, file, usualNames);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.split('\n');
  }
  return [];
};

/** The first lines of an invalid file say what is wrong with it: "#! LINE: KEY: MESSAGE". */
const expectedIn = (text: string, file: string): string[] =>
  [...text.matchAll(/^#! (\d+:)?(.*)$/gm)].map(([, line = ' ', rest = '']) =>
    line === ' ' ? `${file}: ${rest}` : `${file}:${line}${rest}`,
  );

describe('what is wrong with a file', () => {
  const files = filesLike(/^invalid-.*\.yaml$/);

  it('is tried with many files', () => {
    expect(files.length).toBeGreaterThan(50);
  });

  it.each(files)('%s', file => {
    const text = read(file);
    const expected = expectedIn(text, file);
    expect(expected).not.toEqual([]);
    expect(messagesOf(text, file)).toEqual(expected);
  });

  it.each(files)('%s, with the line ends of Windows', file => {
    const text = read(file);
    expect(messagesOf(text.replaceAll('\n', '\r\n'), file)).toEqual(expectedIn(text, file));
  });

  it.each(files)('%s, with a byte order mark', file => {
    const text = read(file);
    expect(messagesOf(`\ufeff${text}`, file)).toEqual(expectedIn(text, file));
  });

  it('is reported for tabs, which editors hide', () => {
    expect(messagesOf('poll:\n\tinterval: 30s\n')).toEqual([
      'config.yaml:2: is not valid YAML: Tabs are not allowed as indentation; use spaces',
    ]);
    expect(messagesOf('poll:\n  interval:\t0s\t# soon\n')).toEqual([
      'config.yaml:2: poll.interval: "0s" is too short; it must be at least 1s',
    ]);
  });

  it('is reported on one line each, however long or odd the value', () => {
    expect(messagesOf(`targets: [{ region: "a\\nb\\u001b[2J${'x'.repeat(1000)}" }]`)).toEqual([
      `config.yaml:1: targets[0].region: "a\\nb\\u001b[2J${'x'.repeat(73)}…" is not a region; write it like eu-west-1`,
    ]);
    const long = `targets: [{ role_arn: "arn:aws:iam::111122223333:role/a", external_id: ${'x'.repeat(1225)} }]`;
    expect(messagesOf(long)).toEqual([
      'config.yaml:1: targets[0].external_id: is too long; it must have at most 1224 characters',
    ]);
  });

  it('is reported with the place in the file, for programs as well', () => {
    try {
      config('poll:\n  timeout: 0s\n  bogus: 1\n');
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({
        name: 'ConfigError',
        problems: [
          { line: 2, key: 'poll.timeout', message: '"0s" is too short; it must be at least 1s' },
          { line: 3, key: 'poll.bogus' },
        ],
      });
    }
  });

  it.each([
    ['lists', '['.repeat(100_000)],
    ['lists that end', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['maps', '{a: '.repeat(100_000)],
    ['lists in one line', `${'- '.repeat(100_000)}x`],
    ['complex keys', '? '.repeat(100_000)],
  ])('is too much nesting of %s, which would end the process', (_, text) => {
    const message = 'is not valid YAML: more than 50 lists and maps are nested in each other; write fewer';
    expect(messagesOf(text)).toEqual([`config.yaml:1: ${message}`]);
    expect(() => parseWebConfig(text, '/web.yaml', () => '')).toThrow(`/web.yaml:1: ${message}`);
  });

  it('is reported briefly for a pattern that is too deep', () => {
    const [message = '', ...others] = messagesOf(`targets: [{ jobs: { include: ["${'('.repeat(100_000)}"] } }]`);
    expect(message).toMatch(
      /^config\.yaml:1: targets\[0\]\.jobs\.include\[0\]: .* is not a regular expression in RE2 syntax: /,
    );
    expect(message.length).toBeLessThan(300);
    expect(others).toEqual([]);
  });

  it.each([
    ['targets', 'targets: eu-west-1'],
    ['targets', 'targets: [eu-west-1]'],
    ['targets', 'targets: eu-west-1, us-gov-west-1'],
    ['targets', 'targets: 111122223333'],
    ['targets', 'targets: arn:aws:iam::111122223333:role/glue-exporter'],
    ['regions', 'targets: [{ regions: eu-west-1 }]'],
    ['account_id', 'targets: [{ role_arn: "arn:aws:iam::{account_id}:role/a", account_ids: 111122223333 }]'],
    ['include', 'targets: [{ jobs: { include: nightly-.* } }]'],
  ])('is reported with a remedy for %s that works: %s', (_, text) => {
    const [message = ''] = messagesOf(text);
    const [, written = '', remedy = ''] = /: is "?(.*?)"?, but must be .*; write it like (.*)$/.exec(message) ?? [];
    expect(written, message).not.toBe('');
    expect(messagesOf(text.replace(written, remedy))).toEqual([]);
  });

  it('is reported in the order of the lines', () => {
    const lines = messagesOf(read('invalid-everything-at-once.yaml')).map(message => Number(message.split(':')[1]));
    expect(lines).toEqual([...lines].sort((a, b) => a - b));
  });

  it('knows no names but those it is given', () => {
    const known = {
      collectors: [
        {
          name: 'crawlers',
          isDefault: true,
          hasFilter: true,
          tagFilter: true,
          families: ['crawls_total'],
          lean: [],
          labels: [],
        },
      ],
      labels: new Set(['shade']),
    };
    const text = 'collectors: [crawlers]\ntargets: [{ crawlers: { tags: { a: b } }, labels: { job: x } }]';
    expect(parseConfig(text, 'f', known).targets[0]?.filters).toEqual({
      crawlers: { include: [], exclude: [], tags: { a: 'b' } },
    });
    expect(() => parseConfig('collectors: [jobs]\ntargets: [{ labels: { shade: x } }]', 'f', known)).toThrow(
      /is "jobs", but must be one of: crawlers, all\n.*labels\.shade/,
    );
  });
});

describe('a valid file', () => {
  const poll = { intervalSeconds: 60, discoveryIntervalSeconds: 300, timeoutSeconds: 50, concurrency: 8 };
  const aws = { requestsPerSecond: 10, requestTimeoutSeconds: 15, maxAttempts: 4 };
  const everything = { jobs: { include: [], exclude: [] }, workflows: { include: [], exclude: [] } };

  it.each(filesLike(/^valid-.*\.yaml$/))('%s, with any line ends and with a byte order mark', file => {
    const text = read(file);
    const plain = parseConfig(text, file, usualNames);
    expect(parseConfig(text.replaceAll('\n', '\r\n'), file, usualNames)).toEqual(plain);
    expect(parseConfig(`\ufeff${text}`, file, usualNames)).toEqual(plain);
  });

  it.each(['valid-empty.yaml', 'valid-comments-only.yaml'])('%s is the default configuration', file => {
    expect(config(read(file))).toEqual(defaultConfig(usualNames));
    expect(defaultConfig(usualNames)).toEqual({
      targets: [{ labels: {}, stoppedIsFailure: false, filters: everything, poll, aws }],
      collectors: ['jobs', 'workflows'],
      metrics: {
        preset: 'full',
        include: [],
        exclude: [],
        families: usualNames.collectors.flatMap(({ families }) => families),
      },
      poll,
      aws,
      state: { path: undefined },
      series: { staleAfterSeconds: 900, limit: 1_000_000 },
    });
  });

  it('may be JSON', () => {
    const { targets, poll } = config(read('valid-json.yaml'));
    expect(targets).toMatchObject([{ region: 'eu-west-1', filters: { jobs: { include: ['^etl-'], exclude: [] } } }]);
    expect(poll).toMatchObject({ intervalSeconds: 30, concurrency: 4, timeoutSeconds: 50 });
  });

  it('may merge maps; what a map says itself is stronger', () => {
    const jobs = { include: [], exclude: ['-dev$'] };
    expect(config(read('valid-merge-keys.yaml')).targets).toMatchObject([
      { region: 'eu-west-1', labels: { team: 'data' }, filters: { jobs } },
      { region: 'eu-central-1', labels: { team: 'data' }, filters: { jobs } },
      { region: 'us-east-1', labels: { team: 'ml' }, filters: { jobs } },
    ]);
  });

  it('may use aliases, in hundreds of targets as well', () => {
    const [first, second] = config(read('valid-anchors-everywhere.yaml')).targets;
    expect(second?.filters.jobs).toEqual(first?.filters.jobs);
    expect(second?.filters.workflows?.exclude).toEqual(['^etl-', '^nightly-']);
    const many = Array.from({ length: 300 }, (_, n) => `  - { region: r-${n}, labels: *labels }`);
    const text = `targets:\n  - { region: first, labels: &labels { team: data } }\n${many.join('\n')}\n`;
    expect(config(text).targets.filter(({ labels }) => labels.team === 'data')).toHaveLength(301);
  });

  it('may have the same region in several accounts, and emulators side by side', () => {
    expect(config(read('valid-several-accounts.yaml')).targets.map(({ region }) => region)).toEqual([
      'eu-west-1',
      'eu-west-1',
      'cn-north-1',
      'us-east-1',
      'us-east-1',
    ]);
  });

  it('may give targets defaults: labels are merged, filters key by key, and everything else is replaced', () => {
    const { targets, series } = config(read('valid-defaults.yaml'));
    expect(targets.map(({ region, accountId, roleArn }) => [region, accountId, roleArn])).toEqual([
      ['eu-west-1', undefined, 'arn:aws:iam::111122223333:role/teams/glue-exporter'],
      ['us-east-1', undefined, 'arn:aws:iam::111122223333:role/teams/glue-exporter'],
      ['eu-west-1', undefined, 'arn:aws:iam::222222222222:role/teams/glue-exporter'],
      ['us-east-1', undefined, 'arn:aws:iam::222222222222:role/teams/glue-exporter'],
      ['eu-central-1', undefined, 'arn:aws:iam::333333333333:role/teams/glue-exporter'],
      ['eu-west-1', undefined, undefined],
    ]);
    const inherited = { include: ['^etl-'], exclude: ['-dev$'], tags: { monitoring: 'true' } };
    const nothing = { include: [], exclude: [] };
    expect([targets[0], targets[4], targets[5]]).toMatchObject([
      {
        externalId: 'example',
        labels: { team: 'data', stage: 'prod' },
        filters: { jobs: inherited, workflows: nothing },
        poll,
        aws,
      },
      {
        externalId: 'another',
        labels: { team: 'data', stage: 'dev' },
        filters: { jobs: { include: ['^etl-'], exclude: [], tags: {} }, workflows: { include: ['.*'], exclude: [] } },
        poll: { ...poll, concurrency: 16, intervalSeconds: 120 },
        aws: { ...aws, requestsPerSecond: 40 },
      },
      { externalId: undefined, labels: { team: 'data', stage: '', owner: 'me' }, filters: { jobs: inherited } },
    ]);
    // Three intervals of 2 minutes are less than 15 minutes.
    expect(series.staleAfterSeconds).toBe(900);
  });

  it('may apply defaults to the target of the environment', () => {
    const { targets } = config('defaults: { regions: [eu-west-1, us-east-1], labels: { team: data } }');
    expect(targets.map(({ region, labels }) => [region, labels.team])).toEqual([
      ['eu-west-1', 'data'],
      ['us-east-1', 'data'],
    ]);
  });

  it('means the same target wherever its settings are written', () => {
    const [apart] = config(read('valid-defaults.yaml')).targets;
    const [together] = config(`
targets:
  - role_arn: arn:aws:iam::111122223333:role/teams/glue-exporter
    region: eu-west-1
    jobs: { tags: { monitoring: "true" }, exclude: ["-dev$"], include: ["^etl-"] }
    labels: { stage: prod, team: data }
    external_id: example
`).targets;
    // A reload leaves a target alone when the text of its settings is the same.
    expect(JSON.stringify(together)).toBe(JSON.stringify(apart));
  });

  it('may name fifty accounts on one screen', () => {
    const ids = Array.from({ length: 50 }, (_, index) => `"${100_000_000_000 + index}"`);
    const rows = Array.from({ length: 10 }, (_, row) => `      ${ids.slice(5 * row, 5 * row + 5).join(', ')},`);
    const text = [
      'defaults:',
      '  role_arn: arn:aws:iam::{account_id}:role/glue-exporter',
      '  regions: [eu-west-1, us-east-1, ap-southeast-2]',
      'targets:',
      '  - account_ids: [',
      ...rows,
      '    ]',
      '',
    ];
    expect(text.length).toBeLessThan(25);
    const places = config(text.join('\n')).targets.map(({ roleArn, region }) => `${roleArn} ${region}`);
    expect(new Set(places).size).toBe(150);
  });

  it('may go to the limits', () => {
    expect(config(read('valid-limits.yaml'))).toMatchObject({
      collectors: ['workflows'],
      poll: { intervalSeconds: 1, discoveryIntervalSeconds: 604_800, timeoutSeconds: 1, concurrency: 100 },
      aws: { requestsPerSecond: 0.01, requestTimeoutSeconds: 0.1, maxAttempts: 1 },
      state: { path: undefined },
      series: { staleAfterSeconds: 1.5, limit: 1 },
    });
  });

  it('keeps series for three intervals, and for 15 minutes at least', () => {
    const staleAfter = (text: string) => config(text).series.staleAfterSeconds;
    expect(staleAfter('poll: { interval: 1s }')).toBe(900);
    expect(staleAfter('poll: { interval: 1h }')).toBe(10_800);
    expect(staleAfter('poll: { interval: 1h }\nseries: { stale_after: 61m }')).toBe(3660);
    expect(staleAfter('targets: [{ poll: { interval: 2h } }, { region: eu-west-1 }]')).toBe(21_600);
  });

  it('takes the interval of the file into account only where a target uses it', () => {
    const staleAfter = (text: string) => config(text).series.staleAfterSeconds;
    const own = 'targets: [{ poll: { interval: 10s } }]';
    expect(staleAfter(`${own}\nseries: { stale_after: 30s }`)).toBe(30);
    expect(staleAfter(`poll: { interval: 1h }\n${own}`)).toBe(900);
    const two = 'targets: [{ poll: { interval: 10s } }, { region: eu-west-1 }]';
    expect(messagesOf(`${two}\nseries: { stale_after: 30s }`)).toEqual([
      'config.yaml:2: series.stale_after: must be longer than poll.interval (60s), or every failure drops all series',
    ]);
    expect(staleAfter(`poll: { interval: 1h }\n${two}`)).toBe(10_800);
  });

  it('becomes a configuration that nobody can change', () => {
    const frozen = (value: unknown): boolean =>
      typeof value !== 'object' ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every(inner => frozen(inner)));
    for (const file of filesLike(/^valid-.*\.yaml$/)) expect(frozen(config(read(file))), file).toBe(true);
    expect(() => Object.assign(config('').poll, { intervalSeconds: 1 })).toThrow(TypeError);
  });
});

describe('any text at all', () => {
  const isConfigOrTold = (text: string): void => {
    const lineCount = text.split('\n').length;
    for (const message of messagesOf(text)) {
      const line = /^config\.yaml(?::(\d+))?: ./.exec(message);
      expect(line, message).not.toBeNull();
      if (line?.[1] !== undefined) expect(Number(line[1])).toBeLessThanOrEqual(lineCount);
    }
  };

  it('is a configuration or an error with its lines', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), isConfigOrTold));
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'poll: {}[]"\'&*<-#\n\t!?|>,1s') }), isConfigOrTold));
  });

  it('is so when it was a good file and something was struck out or written twice', () => {
    const good = filesLike(/^(in)?valid-.*\.yaml$/).map(read);
    fc.assert(
      fc.property(fc.constantFrom(...good), fc.nat(), fc.nat({ max: 40 }), fc.boolean(), (text, at, length, twice) => {
        const start = at % (text.length + 1);
        const part = text.slice(start, start + length);
        isConfigOrTold(text.slice(0, start) + (twice ? part + part : '') + text.slice(start + length));
      }),
      { numRuns: 300 },
    );
  });

  it('is so when it is nested too deeply', () => {
    expect(messagesOf('['.repeat(20_000))).not.toEqual([]);
    expect(messagesOf(`${'['.repeat(3000)}${']'.repeat(3000)}`)).not.toEqual([]);
    expect(messagesOf('{a: '.repeat(3000))).not.toEqual([]);
  });
});
