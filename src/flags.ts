import { parseArgs } from 'node:util';
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from './log.ts';
import { formatShard, type Shard, WHOLE } from './shard.ts';
import { type ListenAddress, parseListenAddress } from './web/listen-address.ts';

export const COMMANDS = ['serve', 'once', 'check', 'iam-policy', 'demo'] as const;
export type Command = (typeof COMMANDS)[number];

/** The command line, checked. */
export interface Flags {
  readonly command: Command;
  readonly configFile: string | undefined;
  readonly configCheck: boolean;
  /** Which part of the jobs and workflows it takes. */
  readonly shard: Shard;
  readonly listenAddresses: readonly ListenAddress[];
  readonly telemetryPath: string;
  readonly webConfigFile: string | undefined;
  readonly enableLifecycle: boolean;
  /** The role or user that the exporter runs as, for the trust policies of other roles. */
  readonly iamPrincipal: string | undefined;
  /** Scrapes at once; 0 for any number. */
  readonly maxRequests: number;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly version: boolean;
  readonly help: boolean;
}

/** A command line that cannot be understood; the message says what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const DEFAULT_LISTEN_ADDRESS = ':14583';
/** As node_exporter has it. */
const DEFAULT_MAX_REQUESTS = 40;

export const HELP = `aws-glue-exporter: job runs and workflow runs of AWS Glue as Prometheus metrics.

Usage: aws-glue-exporter [command] [flags]

Commands:
  serve        Poll Glue and serve the metrics until stopped; the default.
  once         Poll every target once and print the exposition; exit 1 if any target failed.
  check        Say of every target whether credentials and permissions are good, what is missing and what that costs, and
               how many requests and series to expect; exit 1 if any target has a problem.
  iam-policy   Print the least IAM policy for the configuration, and for the roles in it, as JSON.
  demo         The exporter on a simulated Glue account; needs no AWS account.

Flags:
  --config.file=FILE           Configuration. Without it: the region and credentials of the environment.
  --config.check               Check the configuration and exit: 0 when it is good, 2 when it is not.
  --shard=I/N                  Take shard I, 0 to N-1, of all jobs and workflows. I may be a name that ends in -I, as a
                               StatefulSet's pods have. See docs/sharding.md. Default ${formatShard(WHOLE)}.
  --web.listen-address=ADDR    Address to listen on, host:port, [ipv6]:port or :port; repeatable. Default ${DEFAULT_LISTEN_ADDRESS}.
  --web.telemetry-path=PATH    Path of the metrics. Default /metrics.
  --web.config.file=FILE       TLS, client certificates, basic auth and headers; see docs/web-config.md. Default plain HTTP.
  --web.enable-lifecycle       Reload the configuration on POST /-/reload, too.
  --web.max-requests=NUMBER    Scrapes at once, 0 for any number. Default ${DEFAULT_MAX_REQUESTS}.
  --iam.principal=ARN          Only for iam-policy: the role or user that the exporter runs as, whom other roles are to trust.
  --log.level=LEVEL            ${LOG_LEVELS.join(', ')}. Default info.
  --log.format=FORMAT          ${LOG_FORMATS.join(', ')}. Default logfmt.
  --version                    Print the version and exit.
  --help, -h                   Print this and exit.
`;

/** Parses the command line after the program's name. Throws a UsageError. */
export const parseFlags = (args: readonly string[]): Flags => {
  const { values, positionals } = parse(args);
  const [word, ...rest] = positionals;
  const command = oneOf(COMMANDS, word ?? 'serve', `unknown command "${word}"; use one of: ${COMMANDS.join(', ')}`);
  if (rest.length > 0) throw new UsageError(`unexpected argument "${rest.join(' ')}"; give at most one command`);
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
    webConfigFile: values['web.config.file'],
    enableLifecycle: values['web.enable-lifecycle'],
    iamPrincipal,
    maxRequests: wholeNumber('web.max-requests', values['web.max-requests']),
    logLevel: oneOf(LOG_LEVELS, values['log.level'], `--log.level must be one of ${LOG_LEVELS.join(', ')}`),
    logFormat: oneOf(LOG_FORMATS, values['log.format'], `--log.format must be one of ${LOG_FORMATS.join(', ')}`),
    version: values.version,
    help: values.help,
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
      options: {
        'config.file': { type: 'string' },
        'config.check': { type: 'boolean', default: false },
        shard: { type: 'string', default: formatShard(WHOLE) },
        'web.listen-address': { type: 'string', multiple: true, default: [DEFAULT_LISTEN_ADDRESS] },
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
