import { ConfigError } from '../config/load.ts';
import { readConfig } from '../config/read.ts';
import { knownNames } from '../exporter/known-names.ts';
import { readWebConfig } from '../web/followed-web-config.ts';

export interface CheckConfigOptions {
  /** Undefined for the default configuration. */
  readonly configFile: string | undefined;
  readonly webConfigFile: string | undefined;
  readonly print: (text: string) => void;
  /** For mistakes; texts without a line end. */
  readonly complain: (text: string) => void;
}

/** Prints for each config file that it is valid, or what is wrong with it; true when all are valid. */
export const checkConfig = ({ configFile, webConfigFile, print, complain }: CheckConfigOptions): boolean => {
  const checks: [what: string, read: () => unknown][] = [
    [configFile ?? 'the default configuration', () => readConfig(configFile, knownNames)],
  ];
  if (webConfigFile !== undefined) checks.push([webConfigFile, () => readWebConfig(webConfigFile)]);
  let isValid = true;
  for (const [what, read] of checks) {
    try {
      read();
      print(`${what} is valid\n`);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      complain(error.message);
      isValid = false;
    }
  }
  return isValid;
};
