import { parseArgs } from 'node:util';
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from '../log.ts';
import { formatShard, type Shard, WHOLE } from '../shard.ts';
import { type ListenAddress, parseListenAddress } from '../web/listen-address.ts';
import { externalPathIn, routePrefixIn } from '../web/route-prefix.ts';
import { COMMANDS, type Command, DEFAULT_LISTEN_ADDRESS, DEFAULT_MAX_REQUESTS } from './help.ts';

export { COMMANDS, type Command, HELP } from './help.ts';

/** The command line, checked. */
export interface Flags {
  readonly command: Command;
  readonly configFile: string | undefined;
  readonly configCheck: boolean;
  /** Which part of the jobs and workflows it takes. */
  readonly shard: Shard;
  readonly listenAddresses: readonly ListenAddress[];
  readonly telemetryPath: string;
  /** The path below which everything is answered; empty for none, else such as /glue. */
  readonly routePrefix: string;
  /** The path of the URL by which clients reach the page; undefined when that is not known. */
  readonly externalPath: string | undefined;
  readonly webConfigFile: string | undefined;
  readonly enableLifecycle: boolean;
  /** The role or user that the exporter runs as, for the trust policies of other roles. */
  readonly iamPrincipal: string | undefined;
  /** Scrapes at once; 0 for any number. */
  readonly maxRequests: number;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly version: boolean;
  /** What to print instead of doing anything: all help, or that of a command. */
  readonly help: Command | 'all' | undefined;
}

/** A command line that cannot be understood; the message says what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Parses the command line after the program's name. Throws a UsageError. */
export const parseFlags = (args: readonly string[]): Flags => {
  const { values, positionals, tokens } = parse(args);
  refuseRepeated(tokens);
  const asksForHelp = positionals[0] === 'help';
  const [word, ...rest] = asksForHelp ? positionals.slice(1) : positionals;
  const command = oneOf(COMMANDS, word ?? 'serve', `unknown command "${word}"; use one of: ${COMMANDS.join(', ')}`);
  if (rest.length > 0) throw new UsageError(`unexpected argument "${rest.join(' ')}"; give at most one command`);
  const externalPath = externalPathOf(values['web.external-url']);
  for (const flag of ['config.file', 'web.config.file'] as const) {
    if (values[flag] === '') throw new UsageError(`--${flag} needs a file name`);
  }
  if (command === 'demo' && (values['config.file'] !== undefined || values['config.check'])) {
    throw new UsageError('the demo brings its own configuration; leave out --config.file and --config.check');
  }
  const telemetryPath = values['web.telemetry-path'];
  const isTaken = /^\/(-\/|config$)/i.test(telemetryPath);
  if (!/^(\/(?!\.+(\/|$))[\w.-]+)+$/.test(telemetryPath) || isTaken) {
    throw new UsageError(
      `--web.telemetry-path: "${telemetryPath}" must be a path such as /metrics, not /, /config or below /-/`,
    );
  }
  const iamPrincipal = values['iam.principal'];
  if (iamPrincipal !== undefined && command !== 'iam-policy') {
    throw new UsageError('--iam.principal is for the command iam-policy; leave it out');
  }
  if (iamPrincipal !== undefined && !PRINCIPAL.test(iamPrincipal)) {
    const example = 'arn:aws:iam::111122223333:role/aws-glue-exporter';
    throw new UsageError(`--iam.principal: "${iamPrincipal}" is not a role or user; write it like ${example}`);
  }
  return {
    command,
    configFile: values['config.file'],
    configCheck: values['config.check'],
    shard: shardIn(values.shard),
    listenAddresses: values['web.listen-address'].map(listenAddress),
    telemetryPath,
    routePrefix: routePrefixOf(values['web.route-prefix']) ?? externalPath ?? '',
    externalPath,
    webConfigFile: values['web.config.file'],
    enableLifecycle: values['web.enable-lifecycle'],
    iamPrincipal,
    maxRequests: wholeNumber('web.max-requests', values['web.max-requests']),
    logLevel: oneOf(LOG_LEVELS, values['log.level'], `--log.level must be one of ${LOG_LEVELS.join(', ')}`),
    logFormat: oneOf(LOG_FORMATS, values['log.format'], `--log.format must be one of ${LOG_FORMATS.join(', ')}`),
    version: values.version,
    help: asksForHelp || values.help ? (word === undefined ? 'all' : command) : undefined,
  };
};

/** What trust policies can name; not the session of a role, which has an ARN of its own. */
const PRINCIPAL = /^arn:aws[a-z-]*:iam::\d{12}:(role|user)\/[\w+=,.@/-]+$/;

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      allowNegative: true,
      tokens: true,
      options: {
        'config.file': { type: 'string' },
        'config.check': { type: 'boolean', default: false },
        shard: { type: 'string', default: formatShard(WHOLE) },
        'web.listen-address': { type: 'string', multiple: true, default: [DEFAULT_LISTEN_ADDRESS] },
        'web.external-url': { type: 'string', default: '' },
        'web.route-prefix': { type: 'string', default: '' },
        'web.telemetry-path': { type: 'string', default: '/metrics' },
        'web.config.file': { type: 'string' },
        'web.enable-lifecycle': { type: 'boolean', default: false },
        'iam.principal': { type: 'string' },
        'web.max-requests': { type: 'string', default: `${DEFAULT_MAX_REQUESTS}` },
        'log.level': { type: 'string', default: 'info' },
        'log.format': { type: 'string', default: 'logfmt' },
        version: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    // "To specify a positional argument…" helps nobody here.
    const message = error instanceof Error ? error.message.replace(/\. To specify a positional.*/s, '') : `${error}`;
    throw new UsageError(message);
  }
};

/** Two values of a flag are more likely a mistake than an order of precedence. */
const refuseRepeated = (tokens: ReturnType<typeof parse>['tokens']): void => {
  const given = new Set<string>();
  for (const token of tokens) {
    if (token.kind !== 'option' || REPEATABLE.includes(token.name)) continue;
    if (given.has(token.name)) throw new UsageError(`--${token.name} is given more than once; give it once`);
    given.add(token.name);
  }
};

const REPEATABLE = ['web.listen-address', 'help', 'version'];

const externalPathOf = (text: string): string | undefined => {
  const path = text === '' ? undefined : externalPathIn(text);
  if (text === '' || path !== undefined) return path;
  const example = 'https://monitoring.example.org/glue/';
  throw new UsageError(
    `--web.external-url: "${text}" is not a URL such as ${example}, without query, fragment or user`,
  );
};

const routePrefixOf = (text: string): string | undefined => {
  const path = text === '' ? undefined : routePrefixIn(text);
  if (text === '' || path !== undefined) return path;
  throw new UsageError(`--web.route-prefix: "${text}" is not a path such as /glue`);
};

const listenAddress = (text: string): ListenAddress => {
  const address = parseListenAddress(text);
  if (address === undefined) {
    throw new UsageError(`--web.listen-address: "${text}" is not an address; write host:port, [ipv6]:port or :port`);
  }
  return address;
};

/** More would each spend most of their requests on listing what there is. */
const MOST_SHARDS = 1000;

const shardIn = (text: string): Shard => {
  const [, ordinalText, shardsText] = /^(?:[a-z0-9][a-z0-9.-]*-)?(\d{1,4})\/(\d{1,4})$/.exec(text) ?? [];
  if (ordinalText === undefined || shardsText === undefined) {
    throw new UsageError(`--shard: "${text}" is not I/N, such as 0/4 for the first of four shards, or NAME-0/4`);
  }
  const [ordinal, shards] = [Number(ordinalText), Number(shardsText)];
  if (shards < 1 || shards > MOST_SHARDS) {
    throw new UsageError(`--shard: there can be 1 to ${MOST_SHARDS} shards, not ${shards}`);
  }
  if (ordinal >= shards) {
    const remedy = shards === 1 ? 'it is 0/1, or no --shard at all' : `they are counted from 0 to ${shards - 1}`;
    throw new UsageError(`--shard: there is no shard ${ordinal} of ${shards}; ${remedy}`);
  }
  return { ordinal, shards };
};

const wholeNumber = (flag: string, text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--${flag}: "${text}" is not a whole number; write 0 or more`);
  return Number(text);
};

const oneOf = <Word extends string>(words: readonly Word[], text: string, message: string): Word => {
  const found = words.find(word => word === text);
  if (found === undefined) throw new UsageError(message);
  return found;
};
