import { LOG_FORMATS, LOG_LEVELS } from '../log.ts';
import { formatShard, WHOLE } from '../shard.ts';

export const COMMANDS = ['serve', 'once', 'check', 'iam-policy', 'demo'] as const;
export type Command = (typeof COMMANDS)[number];

export const DEFAULT_LISTEN_ADDRESS = ':14583';
/** As node_exporter has it. */
export const DEFAULT_MAX_REQUESTS = 40;

const DESCRIPTIONS: Readonly<Record<Command, string>> = {
  serve: 'Poll Glue and serve the metrics until stopped; the default.',
  once: 'Poll every target once and print the exposition; exit 1 if any target failed.',
  check: `Check credentials and permissions of every target, say what is missing and which metrics that costs, and
               how many requests and series to expect; exit 1 if any target has a problem.`,
  'iam-policy': 'Print the least IAM policy for the configuration, and for the roles in it, as JSON.',
  demo: 'The exporter on a simulated Glue account; needs no AWS account.',
};

interface FlagHelp {
  readonly usage: string;
  readonly text: string;
  readonly commands: readonly Command[];
}

const SERVERS: readonly Command[] = ['serve', 'demo'];
const WITH_CONFIG: readonly Command[] = ['serve', 'once', 'check', 'iam-policy'];

const FLAGS: readonly FlagHelp[] = [
  {
    usage: '--config.file=FILE',
    text: 'Configuration. Without it: the region and credentials of the environment.',
    commands: WITH_CONFIG,
  },
  {
    usage: '--config.check',
    text: 'Check the configuration and exit: 0 when it is good, 2 when it is not.',
    commands: WITH_CONFIG,
  },
  {
    usage: '--shard=I/N',
    text: `Take shard I, 0 to N-1, of all jobs and workflows. I may be a name that ends in -I, as a
StatefulSet's pods have. See docs/sharding.md. Default ${formatShard(WHOLE)}.`,
    commands: ['serve', 'once', 'check', 'demo'],
  },
  {
    usage: '--web.listen-address=ADDR',
    text: `Address to listen on, host:port, [ipv6]:port or :port; repeatable. Default ${DEFAULT_LISTEN_ADDRESS}.`,
    commands: SERVERS,
  },
  {
    usage: '--web.external-url=URL',
    text: `URL under which the exporter can be reached, if it is served by a reverse proxy: its path is used for
links and redirects, and is the default of --web.route-prefix.`,
    commands: SERVERS,
  },
  {
    usage: '--web.route-prefix=PATH',
    text: 'Prefix of all paths that are served. Default the path of --web.external-url, else none.',
    commands: SERVERS,
  },
  {
    usage: '--web.telemetry-path=PATH',
    text: 'Path of the metrics, below the prefix. Default /metrics.',
    commands: SERVERS,
  },
  {
    usage: '--web.config.file=FILE',
    text: 'TLS, client certificates, basic auth and headers; see docs/web-config.md. Default plain HTTP.',
    commands: SERVERS,
  },
  {
    usage: '--web.enable-lifecycle',
    text: 'Reload the configuration on POST /-/reload, too.',
    commands: ['serve'],
  },
  {
    usage: '--web.max-requests=NUMBER',
    text: `Maximum number of parallel scrapes, 0 for no limit. Default ${DEFAULT_MAX_REQUESTS}.`,
    commands: SERVERS,
  },
  {
    usage: '--iam.principal=ARN',
    text: 'The role or user that the exporter runs as, whom other roles are to trust. Only for iam-policy.',
    commands: ['iam-policy'],
  },
  {
    usage: '--log.level=LEVEL',
    text: `${LOG_LEVELS.join(', ')}. Default info.`,
    commands: ['serve', 'once', 'demo'],
  },
  {
    usage: '--log.format=FORMAT',
    text: `${LOG_FORMATS.join(', ')}. Default logfmt.`,
    commands: ['serve', 'once', 'demo'],
  },
  { usage: '--version', text: 'Print the version and exit.', commands: COMMANDS },
  { usage: '--help, -h', text: 'Print this and exit.', commands: COMMANDS },
];

const FLAG_WIDTH = 29;

const flagLines = (flags: readonly FlagHelp[]): string =>
  flags
    .map(
      ({ usage, text }) => `  ${usage.padEnd(FLAG_WIDTH - 2)}${text.replaceAll('\n', `\n${' '.repeat(FLAG_WIDTH)}`)}`,
    )
    .join('\n');

/** What --help prints, of everything. */
export const HELP = `aws-glue-exporter: job runs and workflow runs of AWS Glue as Prometheus metrics.

Usage: aws-glue-exporter [command] [flags]

Commands:
${COMMANDS.map(command => `  ${command.padEnd(11)}  ${DESCRIPTIONS[command]}`).join('\n')}
  help         Print this, or with a command its help: aws-glue-exporter help check.

Flags:
${flagLines(FLAGS)}
`;

/** What `help COMMAND` and `COMMAND --help` print. */
export const helpOf = (command: Command): string => `Usage: aws-glue-exporter ${command} [flags]

${DESCRIPTIONS[command].replace(/\n */g, '\n')}

Flags:
${flagLines(FLAGS.filter(({ commands }) => commands.includes(command)))}
`;
