import { hasProblem, reportOn, reservedSeriesOf, verdictOn } from '../check/report.ts';
import { checkTarget } from '../check/target.ts';
import { collectorsWith } from '../collectors/selection.ts';
import type { Config } from '../config/config.ts';
import { rethrowNoRegion } from '../exporter/no-region.ts';
import type { Variables } from '../glue/environment.ts';
import type { Shard } from '../shard.ts';

export interface CheckOptions {
  readonly shard: Shard;
  /** Named in complaints; undefined when there is none. */
  readonly configFile: string | undefined;
  readonly print: (text: string) => void;
  /** Of the process: proxies, authorities, profiles; none unless given. */
  readonly variables?: Variables;
}

/** Of each target; listing ten thousand workflows takes a minute and a half at the default rate. */
const DEADLINE_SECONDS = 600;

/**
 * Checks all targets at once and prints a block on each, in the order of the config, and a verdict; true when nothing is wrong.
 * Rejects with a ConfigError or an EnvironmentError. It only reads: no state is opened, and each target is asked at its own rate.
 */
export const check = async (
  config: Config,
  { shard, configFile, print, variables = {} }: CheckOptions,
): Promise<boolean> => {
  const taken = new Set<string>();
  const claim = (accountId: string, region: string): boolean => {
    const place = `${accountId}/${region}`;
    const isFree = !taken.has(place);
    taken.add(place);
    return isFree;
  };
  const collectors = collectorsWith(config.metrics.families).filter(({ name }) => config.collectors.includes(name));
  const options = {
    collectors,
    shard,
    claim,
    variables,
    localNow: () => Date.now() / 1000,
    deadlineSeconds: DEADLINE_SECONDS,
  };
  const checks = config.targets.map(target => checkTarget(target, options).catch(rethrowNoRegion(configFile, target)));
  // Each is waited for in turn: one that fails meanwhile must not go unheard.
  const settled = Promise.allSettled(checks);
  for (const [index, finding] of checks.entries()) print(reportOn(await finding, index + 1, checks.length));
  const findings = (await settled).flatMap(result => (result.status === 'fulfilled' ? [result.value] : []));
  print(verdictOn(findings, config.series.limit));
  const reserved = findings.reduce((sum, finding) => sum + reservedSeriesOf(finding), 0);
  return !findings.some(hasProblem) && reserved <= config.series.limit;
};
