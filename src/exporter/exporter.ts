import { collectorsWith } from '../collectors/selection.ts';
import type { Config } from '../config/config.ts';
import type { StaticCredentials } from '../glue/credentials.ts';
import type { Variables } from '../glue/environment.ts';
import { type Log, messageOf } from '../log.ts';
import { createExposition } from '../metrics/exposition.ts';
import { createScrape, type Scrape } from '../metrics/scrapes.ts';
import { createTelemetry } from '../metrics/telemetry.ts';
import { createFailureBoard } from '../poll/failure-board.ts';
import { createInFlight, MOST_IN_FLIGHT } from '../poll/in-flight.ts';
import { type Shard, WHOLE } from '../shard.ts';
import type { RunsStatus, TargetStatus } from '../status.ts';
import { isConfigured } from './configured.ts';
import { rethrowNoRegion } from './no-region.ts';
import { openState } from './open-state.ts';
import { refuseOtherState, takeOver } from './reload.ts';
import { createReplacedSeries } from './replaced-series.ts';
import { runsStatusOf } from './runs-status.ts';
import { createStoppedBudgets } from './stopped-budgets.ts';
import { createSweptScrape } from './swept-scrape.ts';
import { createTarget, type TargetsShare } from './target.ts';
import { createTargetSet } from './target-set.ts';

export interface ExporterOptions {
  readonly log: Log;
  readonly version: string;
  readonly revision?: string;
  readonly branch?: string;
  readonly nodeVersion: string;
  /** Which part of all jobs and workflows; all of them unless given. */
  readonly shard?: Shard;
  /** Named in complaints; undefined when there is none. */
  readonly configFile: string | undefined;
  /** Only for the demo: real credentials must not be sent to a simulator. */
  readonly credentials?: StaticCredentials;
  /** Of the process: proxies, authorities, profiles; none unless given. */
  readonly variables?: Variables;
}

/** The whole exporter without its web server: targets, their polls, and what they expose. */
export interface Exporter {
  /** Polls until stopped. */
  run(): Promise<void>;
  /** Polls until everything was polled once; false when any collector failed. */
  pollOnce(): Promise<boolean>;
  /**
   * Takes over a new config without losing a count or a series: targets that are as before go on undisturbed. Rejects, with
   * everything as it was, when the config cannot be used, or when `consent`, which is asked last, throws. Calls must not overlap.
   */
  reload(config: Config, consent: () => void): Promise<void>;
  /** Records that a config could not be read, or not be taken over. */
  reloadFailed(): void;
  /** The exposition. Reads what is there: it asks AWS nothing and waits for no poll. */
  readonly metrics: Scrape;
  /** After the first complete poll of every target that can answer, and from then on. */
  isReady(): boolean;
  /** Why it should be restarted; undefined while it works. */
  unhealthy(): string | undefined;
  status(): readonly TargetStatus[];
  /** For people. */
  runs(): RunsStatus;
  config(): Config;
  /** Ends what is under way; run and pollOnce settle. */
  stop(): void;
  /** Saves what is to be saved, and lets go of the state. Call it when run has settled. */
  close(): Promise<void>;
}

/** Seconds since the process started; the clock of a process never goes back. */
const uptime = (): number => performance.now() / 1000;

/** The exporter's own series are compressed in the background, like the Glue series. */
const PREPARE_EVERY_MS = 1_000;

/** Puts an exporter together; rejects with a ConfigError, a StateError or an EnvironmentError. Sends nothing to AWS yet. */
export const createExporter = async (initial: Config, options: ExporterOptions): Promise<Exporter> => {
  const { log, configFile, shard = WHOLE } = options;
  const telemetry = createTelemetry(options);
  telemetry.shardOrdinal.set(shard.ordinal);
  telemetry.shards.set(shard.shards);
  const exposition = createExposition(collectorsWith(initial.metrics.families), initial.series.limit, error => {
    log.error('What scrapes show could not be brought up to date', { error: messageOf(error) });
  });
  const store = await openState(initial.state.path, {
    log,
    telemetry,
    shard,
    uptime,
    isConfigured: (target, collector) => isConfigured(targets.running(), target, collector),
  });
  const failures = createFailureBoard();
  const shared: TargetsShare = {
    log,
    telemetry,
    exposition,
    store,
    failures,
    claim: (accountId, region) =>
      targets.running().every(target => target.accountId !== accountId || target.region !== region),
    shard,
    inFlight: createInFlight(MOST_IN_FLIGHT),
    credentials: options.credentials,
    variables: options.variables ?? {},
    uptime,
  };
  const targets = createTargetSet({
    log,
    create: (settings, start) =>
      createTarget(settings, shared, start).catch(rethrowNoRegion(configFile, settings.target)),
  });
  const replacedSeries = createReplacedSeries(uptime);
  const reloadOptions = { targets, exposition, replacedSeries, stoppedBudgets: createStoppedBudgets(), uptime, log };
  let config = initial;
  let wasReady = false;
  const loaded = (): void => {
    telemetry.configLastReloadSuccessful.set(1);
    telemetry.configLastReloadSuccess.set(Date.now() / 1000);
  };

  try {
    targets.apply(await targets.prepare(config, 0));
  } catch (error) {
    await store.close();
    throw error;
  }
  loaded();
  const preparing = setInterval(() => void telemetry.prepare(), PREPARE_EVERY_MS).unref();

  return {
    run: targets.run,
    pollOnce: targets.pollOnce,
    async reload(next, consent) {
      refuseOtherState(config, next, configFile);
      await takeOver(next, consent, reloadOptions);
      config = next;
      loaded();
    },
    reloadFailed: () => telemetry.configLastReloadSuccessful.set(0),
    metrics: createSweptScrape(createScrape(exposition, telemetry.expose), { exposition, replacedSeries, targets }),
    isReady() {
      wasReady ||= targets.running().every(({ poll }) => poll.settled);
      return wasReady;
    },
    unhealthy: () =>
      targets
        .running()
        .map(target => target.stuck())
        .find(why => why !== undefined),
    status: () => targets.running().map(({ poll }) => poll.status()),
    runs: () => runsStatusOf(config.collectors, targets.running(), failures),
    config: () => config,
    stop() {
      clearInterval(preparing);
      targets.stop();
    },
    close: store.close,
  };
};
