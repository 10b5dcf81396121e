import { readFileSync } from 'node:fs';
import { messageOf } from '../log.ts';
import type { Config, KnownNames } from './config.ts';
import { decodeUtf8, NotUtf8 } from './decode.ts';
import { ConfigError, defaultConfig, parseConfig } from './load.ts';

export interface ReadOptions {
  /** False where an empty file more likely is one that somebody is writing than one that asks for the defaults. */
  readonly mayBeEmpty?: boolean;
}

/** Reads a config file; without one, the default config. Throws a ConfigError that lists every mistake. */
export const readConfig = (file: string | undefined, known: KnownNames, options: ReadOptions = {}): Config => {
  if (file === undefined) return defaultConfig(known);
  const wrong = (message: string, line?: number) => new ConfigError(file, [{ line, key: '', message }]);
  let text: string;
  try {
    text = decodeUtf8(readFileSync(file));
  } catch (error) {
    if (error instanceof NotUtf8) throw wrong(error.message, error.line);
    throw wrong(`cannot be read: ${messageOf(error)}`);
  }
  if (text === '' && options.mayBeEmpty === false) {
    throw wrong(
      'is empty, as a file is while it is being written; reload again, or restart for the default configuration',
    );
  }
  return parseConfig(text, file, known);
};
