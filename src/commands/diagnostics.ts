import { format } from 'node:util';
import { LOG_FORMATS, type Log, type LogFormat } from '../log.ts';

/** The format that a command line asks for, be it otherwise wrong: its mistakes are reported in that format, too. */
export const requestedLogFormat = (args: readonly string[]): LogFormat => {
  const texts = args.flatMap((arg, index) => {
    if (arg === '--log.format') return [args[index + 1]];
    return arg.startsWith('--log.format=') ? [arg.slice('--log.format='.length)] : [];
  });
  const last = texts.at(-1);
  return LOG_FORMATS.find(known => known === last) ?? 'logfmt';
};

const METHODS = ['debug', 'info', 'log', 'warn', 'error', 'trace'] as const;

/**
 * Logs what Node and libraries would print: warnings, texts for the console, and errors that nobody caught. Such an error also calls
 * `end`. `log` is called each time.
 */
export const divertToLog = (node: NodeJS.Process, log: () => Log, end: () => never): void => {
  for (const method of METHODS) {
    console[method] = (...args: unknown[]) => log().warn('Message of a library', { text: format(...args) });
  }
  // None where somebody has turned warnings off.
  if (node.listenerCount('warning') > 0) {
    node.removeAllListeners('warning');
    node.on('warning', ({ name, message }) => log().warn('Warning of Node.js', { name, text: message }));
  }
  node.on('uncaughtException', (error: unknown) => {
    log().error('Unexpected error', { error: error instanceof Error ? (error.stack ?? error.message) : `${error}` });
    end();
  });
};
