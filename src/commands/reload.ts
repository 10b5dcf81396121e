import { readConfig } from '../config/read.ts';
import type { Exporter } from '../exporter/exporter.ts';
import { knownNames } from '../exporter/known-names.ts';
import { type Log, messageOf } from '../log.ts';
import type { FollowedWebConfig } from '../web/followed-web-config.ts';

export interface ReloadOptions {
  readonly exporter: Pick<Exporter, 'reload' | 'reloadFailed'>;
  /** Undefined for the default configuration. */
  readonly configFile: string | undefined;
  readonly webConfig: Pick<FollowedWebConfig, 'reload'> | undefined;
  readonly log: Log;
}

/**
 * Creates a function that reads both configurations again, one reload at a time. It rejects, with everything as it was, when either
 * cannot be used.
 */
export const createReload = ({ exporter, configFile, webConfig, log }: ReloadOptions): (() => Promise<void>) => {
  let last = Promise.resolve();
  const reload = async (): Promise<void> => {
    try {
      await exporter.reload(readConfig(configFile, knownNames, { mayBeEmpty: false }), () => webConfig?.reload());
    } catch (error) {
      exporter.reloadFailed();
      log.error('Configuration not reloaded: the one before is still in use', { error: messageOf(error) });
      throw error;
    }
  };
  return () => {
    const next = last.then(reload);
    last = next.catch(() => {});
    return next;
  };
};
