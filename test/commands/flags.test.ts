import { describe, expect, it } from 'vitest';
import { COMMANDS, HELP, parseFlags, UsageError } from '../../src/commands/flags.ts';
import { helpOf } from '../../src/commands/help.ts';
import { LOG_FORMATS, LOG_LEVELS } from '../../src/log.ts';

const complaintOf = (...args: string[]): string => {
  try {
    parseFlags(args);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return 'no complaint';
};

describe('the command line', () => {
  it('may be empty', () => {
    expect(parseFlags([])).toEqual({
      command: 'serve',
      configFile: undefined,
      configCheck: false,
      shard: { ordinal: 0, shards: 1 },
      listenAddresses: [{ host: undefined, port: 14_583 }],
      telemetryPath: '/metrics',
      routePrefix: '',
      externalPath: undefined,
      webConfigFile: undefined,
      enableLifecycle: false,
      iamPrincipal: undefined,
      maxRequests: 40,
      logLevel: 'info',
      logFormat: 'logfmt',
      version: false,
      help: undefined,
    });
  });

  it('takes every flag, as Prometheus users type them', () => {
    const flags = parseFlags([
      '--config.file=/etc/glue.yaml',
      '--config.check',
      '--shard=3/16',
      '--web.listen-address=127.0.0.1:9100',
      '--web.listen-address=[::1]:9100',
      '--web.telemetry-path=/probe/glue-1.0_metrics',
      '--web.external-url=https://monitoring.example.org/glue/',
      '--web.route-prefix=/inside/',
      '--web.config.file=web.yaml',
      '--web.enable-lifecycle',
      '--web.max-requests=0',
      '--log.level=debug',
      '--log.format=json',
    ]);
    expect(flags).toEqual({
      command: 'serve',
      configFile: '/etc/glue.yaml',
      configCheck: true,
      shard: { ordinal: 3, shards: 16 },
      listenAddresses: [
        { host: '127.0.0.1', port: 9100 },
        { host: '::1', port: 9100 },
      ],
      telemetryPath: '/probe/glue-1.0_metrics',
      routePrefix: '/inside',
      externalPath: '/glue',
      webConfigFile: 'web.yaml',
      enableLifecycle: true,
      iamPrincipal: undefined,
      maxRequests: 0,
      logLevel: 'debug',
      logFormat: 'json',
      version: false,
      help: undefined,
    });
  });

  it('may have the metrics at a path that only begins like one that is taken', () => {
    for (const path of ['/configuration', '/config/metrics', '/-metrics', '/metrics/config']) {
      expect(parseFlags([`--web.telemetry-path=${path}`]).telemetryPath).toBe(path);
    }
  });

  it('takes values after a space, and commands anywhere', () => {
    expect(parseFlags(['--log.level', 'warn', 'once', '--config.file', 'a.yaml'])).toMatchObject({
      command: 'once',
      logLevel: 'warn',
      configFile: 'a.yaml',
    });
    expect(parseFlags(['--no-config.check']).configCheck).toBe(false);
  });

  it.each([
    [[], '', undefined],
    [['--web.external-url=https://monitoring.example.org/glue/'], '/glue', '/glue'],
    [['--web.external-url=http://example.org'], '', ''],
    [['--web.external-url=/tools/glue'], '/tools/glue', '/tools/glue'],
    [['--web.external-url=https://example.org/glue', '--web.route-prefix=/'], '', '/glue'],
    [['--web.external-url=https://example.org/glue', '--web.route-prefix=inside'], '/inside', '/glue'],
    [['--web.route-prefix=/a/b.c~d/'], '/a/b.c~d', undefined],
    // As charts render them that have no value.
    [['--web.external-url=', '--web.route-prefix='], '', undefined],
  ])('serves below the path of the external URL unless a prefix is given: %j', (args, routePrefix, externalPath) => {
    expect(parseFlags(args)).toMatchObject({ routePrefix, externalPath });
  });

  it.each([['--help'], ['-h']])('asks for help with %s', flag => {
    expect(parseFlags([flag]).help).toBe('all');
    expect(parseFlags(['check', flag]).help).toBe('check');
  });

  it('asks for help with the word, too', () => {
    expect(parseFlags(['help']).help).toBe('all');
    expect(parseFlags(['help', 'iam-policy']).help).toBe('iam-policy');
    expect(complaintOf('help', 'poll')).toContain('unknown command "poll"');
    expect(complaintOf('help', 'once', 'twice')).toContain('unexpected argument "twice"');
  });

  it('asks for the version', () => {
    expect(parseFlags(['--version']).version).toBe(true);
  });

  it.each(['demo', 'once', 'serve', 'check', 'iam-policy'])('knows the command %s', command => {
    expect(parseFlags([command]).command).toBe(command);
  });

  it.each([
    'arn:aws:iam::111122223333:role/aws-glue-exporter',
    'arn:aws-cn:iam::111122223333:role/a/path/aws-glue-exporter',
    'arn:aws-us-gov:iam::111122223333:user/exporter',
  ])('knows the principal %s for iam-policy', principal => {
    expect(parseFlags(['iam-policy', `--iam.principal=${principal}`]).iamPrincipal).toBe(principal);
  });

  it.each([
    ['0/1', { ordinal: 0, shards: 1 }],
    ['3/4', { ordinal: 3, shards: 4 }],
    ['999/1000', { ordinal: 999, shards: 1000 }],
    ['glue-aws-glue-exporter-2/4', { ordinal: 2, shards: 4 }],
    ['7-of-9.example-10/11', { ordinal: 10, shards: 11 }],
  ])('knows the shard %s, of a number or of a pod', (text, shard) => {
    expect(parseFlags([`--shard=${text}`]).shard).toEqual(shard);
  });

  it.each(LOG_LEVELS)('knows the level %s', level => {
    expect(parseFlags([`--log.level=${level}`]).logLevel).toBe(level);
  });

  it.each(LOG_FORMATS)('knows the format %s', format => {
    expect(parseFlags([`--log.format=${format}`]).logFormat).toBe(format);
  });
});

describe('a command line that cannot be understood', () => {
  it.each([
    [['poll'], 'unknown command "poll"; use one of: serve, once, check, iam-policy, demo'],
    [['once', 'twice'], 'unexpected argument "twice"; give at most one command'],
    [
      ['demo', '--config.file=a.yaml'],
      'the demo brings its own configuration; leave out --config.file and --config.check',
    ],
    [['demo', '--config.check'], 'the demo brings its own configuration; leave out --config.file and --config.check'],
    [['--log.level=loud'], '--log.level must be one of debug, info, warn, error'],
    [['--log.level=INFO'], '--log.level must be one of debug, info, warn, error'],
    [['--log.format=xml'], '--log.format must be one of logfmt, json'],
    [
      ['--web.listen-address=9100'],
      '--web.listen-address: "9100" is not an address; write host:port, [ipv6]:port or :port',
    ],
    [['--web.listen-address='], '--web.listen-address: "" is not an address; write host:port, [ipv6]:port or :port'],
    [['--config.file='], '--config.file needs a file name'],
    [['--web.config.file='], '--web.config.file needs a file name'],
    [['--shard='], '--shard: "" is not I/N, such as 0/4 for the first of four shards, or NAME-0/4'],
    [['--shard=-1/4'], '--shard: "-1/4" is not I/N, such as 0/4 for the first of four shards, or NAME-0/4'],
    [['--shard=2'], '--shard: "2" is not I/N, such as 0/4 for the first of four shards, or NAME-0/4'],
    [['--shard=pod/4'], '--shard: "pod/4" is not I/N, such as 0/4 for the first of four shards, or NAME-0/4'],
    [
      ['--shard=$(POD_NAME)/4'],
      '--shard: "$(POD_NAME)/4" is not I/N, such as 0/4 for the first of four shards, or NAME-0/4',
    ],
    [['--shard=4/4'], '--shard: there is no shard 4 of 4; they are counted from 0 to 3'],
    [['--shard=pod-1/1'], '--shard: there is no shard 1 of 1; it is 0/1, or no --shard at all'],
    [['--shard=0/0'], '--shard: there can be 1 to 1000 shards, not 0'],
    [['--shard=0/1001'], '--shard: there can be 1 to 1000 shards, not 1001'],
    [
      ['check', '--iam.principal=arn:aws:iam::111122223333:role/x'],
      '--iam.principal is for the command iam-policy; leave it out',
    ],
    [
      ['iam-policy', '--iam.principal=arn:aws:sts::111122223333:assumed-role/exporter/i-0abc'],
      '--iam.principal: "arn:aws:sts::111122223333:assumed-role/exporter/i-0abc" is not a role or user; write it like arn:aws:iam::111122223333:role/aws-glue-exporter',
    ],
    [['--web.max-requests='], '--web.max-requests: "" is not a whole number; write 0 or more'],
    [['--web.max-requests=-1'], '--web.max-requests: "-1" is not a whole number; write 0 or more'],
    [['--web.max-requests=1.5'], '--web.max-requests: "1.5" is not a whole number; write 0 or more'],
    [['--web.max-requests=1e3'], '--web.max-requests: "1e3" is not a whole number; write 0 or more'],
    [['--web.enable-lifecycle=yes'], "Option '--web.enable-lifecycle' does not take an argument"],
    [['--config.fil=x'], "Unknown option '--config.fil'"],
    [['-x'], "Unknown option '-x'"],
    [['--no-log.level'], "Unknown option '--no-log.level'"],
    [['--config.file=a.yaml', '--config.file=b.yaml'], '--config.file is given more than once; give it once'],
    [['--log.level', 'info', 'once', '--log.level=info'], '--log.level is given more than once; give it once'],
    [['--config.check', '--no-config.check'], '--config.check is given more than once; give it once'],
    ...[
      'example.org',
      'ftp://example.org/',
      'https://',
      '//example.org/glue',
      'https://example.org/a?b',
      '/a/../b/c d',
    ].map((text): [string[], string] => [
      [`--web.external-url=${text}`],
      `--web.external-url: "${text}" is not a URL such as https://monitoring.example.org/glue/, without query, fragment or user`,
    ]),
    ...['/a b', '/:name', '/a/*', '/..', '/ü'].map((text): [string[], string] => [
      [`--web.route-prefix=${text}`],
      `--web.route-prefix: "${text}" is not a path such as /glue`,
    ]),
    [['--config.check=yes'], "Option '--config.check' does not take an argument"],
    [['--config.file'], "Option '--config.file <value>' argument missing"],
  ])('%j', (args, complaint) => {
    expect(complaintOf(...args)).toBe(complaint);
  });

  it.each([
    '',
    'metrics',
    '/',
    '/-/',
    '/-/healthy',
    '/-/ready',
    '/-/reload',
    '/config',
    '/CONFIG',
    '/met rics',
    '/:name',
    '/*',
    '/a(b)',
    '/a?b',
    '/ü',
    '//',
    '//host/metrics',
    '/metrics/',
    '/../metrics',
    '/.',
  ])('--web.telemetry-path=%s', path => {
    expect(complaintOf(`--web.telemetry-path=${path}`)).toBe(
      `--web.telemetry-path: "${path}" must be a path such as /metrics, not /, /config or below /-/`,
    );
  });
});

describe('the help', () => {
  it('names every flag and command, and every default', () => {
    const known = [
      'config.file',
      'config.check',
      'shard',
      'web.listen-address',
      'web.external-url',
      'web.route-prefix',
      'web.telemetry-path',
      'web.config.file',
      'web.enable-lifecycle',
      'web.max-requests',
      'iam.principal',
      'log.level',
      'log.format',
    ];
    for (const flag of known) {
      expect(HELP).toContain(`  --${flag}`);
      expect(complaintOf(`--${flag}`), 'a flag of the help').not.toContain('Unknown');
    }
    const named = [...HELP.matchAll(/^ {2}--([\w.-]+)/gm)].map(([, flag]) => flag);
    expect(named).toEqual([...known, 'version', 'help']);
    for (const command of COMMANDS.filter(name => name !== 'serve'))
      expect(HELP).toMatch(new RegExp(`^  ${command} `, 'm'));
    for (const command of COMMANDS) {
      const flags = [...helpOf(command).matchAll(/^ {2}--([\w.-]+)/gm)].map(([, flag]) => flag);
      expect(flags, command).toEqual(expect.arrayContaining(['version', 'help']));
      expect(known, command).toEqual(expect.arrayContaining(flags.slice(0, -2)));
      expect(helpOf(command)).toContain(`Usage: aws-glue-exporter ${command} [flags]`);
    }
    expect(helpOf('iam-policy')).toContain('--iam.principal=ARN');
    expect(helpOf('iam-policy')).not.toContain('--web.');
    const { listenAddresses, telemetryPath, maxRequests, logLevel, logFormat } = parseFlags([]);
    for (const value of [`:${listenAddresses[0]?.port}`, telemetryPath, maxRequests, logLevel, logFormat]) {
      expect(HELP).toContain(`Default ${value}.`);
    }
  });
});
