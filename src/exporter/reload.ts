import { collectorsWith } from '../collectors/selection.ts';
import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/load.ts';
import type { Log } from '../log.ts';
import type { Exposition } from '../metrics/exposition.ts';
import type { ReplacedSeries } from './replaced-series.ts';
import type { StoppedBudgets } from './stopped-budgets.ts';
import type { TargetChange, TargetSet } from './target-set.ts';

/** What a reload changes. */
export interface ReloadOptions {
  readonly targets: TargetSet;
  readonly exposition: Exposition;
  readonly replacedSeries: ReplacedSeries;
  readonly stoppedBudgets: StoppedBudgets;
  readonly uptime: () => number;
  readonly log: Log;
}

/**
 * Takes over a config: targets whose settings stay the same continue undisturbed. Rejects, with nothing changed, when a target cannot
 * be created, or when `consent`, which is called last, throws.
 */
export const takeOver = async (next: Config, consent: () => void, options: ReloadOptions): Promise<void> => {
  const { targets, exposition, replacedSeries, stoppedBudgets, uptime, log } = options;
  const change = await targets.prepare(next, uptime());
  try {
    consent();
  } catch (error) {
    targets.cancel(change);
    throw error;
  }
  // Two polls of the same job must not fold into the same ledger at the same time.
  await targets.stopRemoved(change);
  passBudgetsOn(change, stoppedBudgets);
  exposition.setLimit(next.series.limit, collectorsWith(next.metrics.families));
  replacedSeries.reloaded({
    stopped: change.removed.map(({ running }) => running),
    started: change.added.map(({ running }) => running),
    running: change.all.map(({ running }) => running),
    until: uptime() + next.series.staleAfterSeconds,
  });
  targets.apply(change);
  const { all, added, removed } = change;
  log.info('Configuration reloaded', { targets: all.length, changed: added.length, removed: removed.length });
};

/** A reload must not send at full rate what AWS has just throttled. */
const passBudgetsOn = ({ added, removed }: TargetChange, stoppedBudgets: StoppedBudgets): void => {
  for (const { running } of removed) stoppedBudgets.add(running.budgetScope, running.budget.history);
  for (const { running } of added) running.budget.continueFrom(stoppedBudgets.of(running.budgetScope));
};

/** Throws a ConfigError where a config changes what only a restart can change. */
export const refuseOtherState = (current: Config, next: Config, configFile: string | undefined): void => {
  if (next.state.path === current.state.path) return;
  const message = 'cannot be changed while the exporter runs; restart it, or change this back';
  throw new ConfigError(configFile ?? 'the config', [{ line: undefined, key: 'state.path', message }]);
};
