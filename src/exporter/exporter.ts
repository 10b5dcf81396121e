import { statefulCollectors } from '../collectors/collector.ts';
import { collectors as allCollectors } from '../collectors/index.ts';
import { isLean } from '../collectors/lean.ts';
import { collectorsWith } from '../collectors/selection.ts';
import type { Config, KnownNames, Target } from '../config/config.ts';
import { ConfigError } from '../config/load.ts';
import type { StaticCredentials } from '../glue/credentials.ts';
import type { Variables } from '../glue/environment.ts';
import { type Log, messageOf } from '../log.ts';
import { createExposition } from '../metrics/exposition.ts';
import { createScrape, type Scrape } from '../metrics/scrapes.ts';
import { createTelemetry, OWN_TARGET_LABELS } from '../metrics/telemetry.ts';
import { createFailureBoard } from '../poll/failure-board.ts';
import { createInFlight, MOST_IN_FLIGHT } from '../poll/in-flight.ts';
import type { EntityId } from '../runs/failures.ts';
import { formatShard, type Shard, WHOLE } from '../shard.ts';
import { type DurableMap, memoryMap, openDurableMap } from '../state/durable-map.ts';
import { createLedgerStore } from '../state/ledger-store.ts';
import type { EntityStatus, RunsStatus, TargetStatus } from '../status.ts';
import { isConfigured } from './configured.ts';
import { createReplacedSeries } from './replaced-series.ts';
import { createStoppedBudgets } from './stopped-budgets.ts';
import { createTarget, NoRegionError, type RunningTarget, type TargetSettings } from './target.ts';

/** The names that a config is checked against. */
export const knownNames: KnownNames = {
  collectors: allCollectors.map(({ name, tagOperation, families }) => ({
    name,
    tagFilter: tagOperation !== undefined,
    families: families.map(family => family.name),
    lean: families.map(family => family.name).filter(isLean),
  })),
  labels: new Set([
    'job',
    'instance',
    'aws_account_id',
    'aws_region',
    ...OWN_TARGET_LABELS,
    ...allCollectors.flatMap(({ labelNames, families }) => [...labelNames, ...families.flatMap(f => f.labelNames)]),
  ]),
};

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
  /** Polls until everything was polled once; false when any target failed. */
  pollOnce(): Promise<boolean>;
  /**
   * Takes over a new config without losing a count or a series: targets that are as before go on undisturbed. Rejects, with
   * everything as it was, when the config cannot be used, or when `consent`, which is asked last, throws. Calls must not overlap.
   */
  reload(config: Config, consent: () => void): Promise<void>;
  /** Told that a config could not even be read. */
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

/** Joins lists of ten thousand several times as fast as flatMap. */
const noEntities: readonly EntityStatus[] = [];

/** Polls end at once when they are told to, except for what is being saved. */
const RELOAD_PATIENCE_MS = 5_000;

/** The exporter's own series are compressed in the background, like the Glue series. */
const PREPARE_EVERY_MS = 1_000;

/** A target with what was done to make it run. */
interface Entry {
  /** Its settings: with the same ones it need not be made anew. */
  readonly identity: string;
  readonly running: RunningTarget;
  /** Settles when it has stopped; undefined until it was started. */
  done: Promise<void> | undefined;
}

/** Puts an exporter together; rejects with a ConfigError, a StateError or an EnvironmentError. Sends nothing to AWS yet. */
export const createExporter = async (initial: Config, options: ExporterOptions): Promise<Exporter> => {
  const { log, shard = WHOLE } = options;
  const telemetry = createTelemetry(options);
  telemetry.shardOrdinal.set(shard.ordinal);
  telemetry.shards.set(shard.shards);
  const exposition = createExposition(collectorsWith(initial.metrics.families), initial.series.limit, error => {
    log.error('What scrapes show could not be brought up to date', { error: messageOf(error) });
  });
  const scrape = createScrape(exposition, telemetry.expose);
  const map = await openMap(initial.state.path, log);
  const orClose = async (error: unknown): Promise<never> => {
    await map.close();
    throw error;
  };
  const openStore = async () =>
    createLedgerStore(map, statefulCollectors(allCollectors), {
      shard: formatShard(shard),
      uptime,
      isConfigured(target, collector) {
        const running = entries.map(entry => entry.running);
        return isConfigured(running, target, collector);
      },
      onSaveFailed: () => telemetry.stateSaveFailures.inc(),
      onDropped({ accountId, region }, collector, dropped) {
        const target = telemetry.targetOf({ aws_account_id: accountId, aws_region: region });
        telemetry.departedLedgersDropped.inc({ ...target, collector }, dropped);
        log.info('Oldest departed ledgers dropped', { account: accountId, region, collector, dropped });
      },
      onExpired: ({ accountId, region }, collector, ledgers) =>
        log.info('State of removed collector expired', { account: accountId, region, collector, ledgers }),
    });
  const store = await openStore().catch(orClose);
  const failures = createFailureBoard();
  const inFlight = createInFlight(MOST_IN_FLIGHT);
  let config = initial;
  let entries: Entry[] = [];
  const replacedSeries = createReplacedSeries(uptime);
  const stoppedBudgets = createStoppedBudgets();
  /** What a reload has left over goes at once, as its gauges do: all scrapes wait until it does. */
  let swept = Promise.resolve();
  let wasReady = false;
  let isRunning = false;
  let isStopped = false;
  let stopped = (): void => {};
  const untilStopped = new Promise<void>(resolve => {
    stopped = resolve;
  });

  const claim = (accountId: string, region: string): boolean =>
    entries.every(({ running }) => running.accountId !== accountId || running.region !== region);

  /** What a reload has taken away, or what was deleted, need not be looked at. */
  const isListed = ({ accountId, region, collector, name }: EntityId): boolean =>
    entries.some(
      ({ running }) =>
        running.accountId === accountId && running.region === region && running.poll.has(collector, name),
    );

  /** The entries of a config: those that are there already, and new ones, which do not run yet. */
  const entriesFor = async (next: Config, countingSince: number): Promise<Entry[]> => {
    const known = new Map(entries.map(entry => [entry.identity, entry]));
    const wanted = next.targets.map(target => {
      const { collectors, series, metrics } = next;
      const settings: TargetSettings = { target, collectors, families: metrics.families, series };
      const identity = JSON.stringify(settings);
      return { settings, identity, found: known.get(identity) };
    });
    const startedTogether = wanted.filter(({ found }) => found === undefined).length;
    const made = wanted.map(async ({ settings, identity, found }): Promise<Entry> => {
      if (found !== undefined) return found;
      const shared = {
        log,
        telemetry,
        exposition,
        store,
        failures,
        claim,
        shard,
        inFlight,
        startedTogether,
        credentials: options.credentials,
        variables: options.variables ?? {},
        countingSince,
        uptime,
      };
      const running = await createTarget(settings, shared).catch((error: unknown) => {
        throw error instanceof NoRegionError ? noRegion(options.configFile, settings.target) : error;
      });
      return { identity, running, done: undefined };
    });
    const results = await Promise.allSettled(made);
    const failure = results.find(({ status }) => status === 'rejected');
    const all = results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []));
    if (failure?.status !== 'rejected') return all;
    for (const entry of all) if (!entries.includes(entry)) entry.running.stop();
    throw failure.reason;
  };

  const start = (entry: Entry): void => {
    entry.done ??= entry.running.run();
  };

  const loaded = (): void => {
    telemetry.configLastReloadSuccessful.set(1);
    telemetry.configLastReloadSuccess.set(Date.now() / 1000);
  };

  entries = await entriesFor(config, 0).catch(orClose);
  loaded();
  const preparing = setInterval(() => void telemetry.prepare(), PREPARE_EVERY_MS).unref();

  return {
    async run() {
      isRunning = true;
      for (const entry of entries) start(entry);
      await untilStopped;
      await Promise.all(entries.map(({ done }) => done));
    },
    async pollOnce() {
      await Promise.all(
        entries.map(async ({ running: { poll } }) => {
          do await poll.poll();
          while (poll.incomplete && poll.status().up && !isStopped);
        }),
      );
      return !isStopped && entries.every(({ running }) => running.poll.status().up);
    },
    async reload(next, consent) {
      if (next.state.path !== config.state.path) {
        const message = 'cannot be changed while the exporter runs; restart it, or change this back';
        throw new ConfigError(options.configFile ?? 'the config', [{ line: undefined, key: 'state.path', message }]);
      }
      const nextEntries = await entriesFor(next, uptime());
      const gone = entries.filter(entry => !nextEntries.includes(entry));
      const added = nextEntries.filter(entry => !entries.includes(entry));
      try {
        consent();
      } catch (error) {
        for (const { running } of added) running.stop();
        throw error;
      }
      for (const { running } of gone) running.stop();
      // Two polls of the same job must not fold into the same ledger at once.
      const waiting = setTimeout(() => {
        log.warn('The reload waits for polls under way to end; if that takes long, the disk of state.path may hang');
      }, RELOAD_PATIENCE_MS);
      await Promise.all(gone.map(({ done }) => done));
      clearTimeout(waiting);
      // A reload must not send at full rate what AWS has just throttled.
      for (const { running } of gone) stoppedBudgets.add(running.budgetScope, running.budget.history);
      for (const { running } of added) running.budget.continueFrom(stoppedBudgets.of(running.budgetScope));
      config = next;
      entries = nextEntries;
      exposition.setLimit(next.series.limit, collectorsWith(next.metrics.families));
      replacedSeries.reloaded({
        stopped: gone.map(({ running }) => running),
        started: added.map(({ running }) => running),
        running: entries.map(({ running }) => running),
        until: uptime() + next.series.staleAfterSeconds,
      });
      if (isRunning && !isStopped) for (const entry of added) start(entry);
      loaded();
      log.info('Configuration reloaded', {
        targets: entries.length,
        changed: added.length,
        removed: gone.length,
      });
    },
    reloadFailed: () => telemetry.configLastReloadSuccessful.set(0),
    async metrics(form, begin) {
      const before = exposition.series;
      replacedSeries.sweep(entries.map(({ running }) => running));
      if (exposition.series !== before) swept = exposition.refreshed().catch(() => {});
      await swept;
      for (const { running } of entries) running.refreshTelemetry();
      return scrape(form, begin);
    },
    isReady() {
      wasReady ||= entries.every(({ running }) => running.poll.settled);
      return wasReady;
    },
    unhealthy: () => entries.map(({ running }) => running.stuck()).find(why => why !== undefined),
    status: () => entries.map(({ running }) => running.poll.status()),
    runs: () => ({
      kinds: allCollectors.filter(({ name }) => config.collectors.includes(name)),
      entities: noEntities.concat(...entries.map(({ running }) => running.poll.describe())),
      failures: failures.newest(Date.now() / 1000).filter(isListed),
      consoleLink: ({ collector, region, name }, runId) =>
        allCollectors.find(known => known.name === collector)?.consoleLink(region, name, runId) ?? '',
    }),
    config: () => config,
    stop() {
      isStopped = true;
      clearInterval(preparing);
      stopped();
      for (const { running } of entries) running.stop();
    },
    close: store.close,
  };
};

const openMap = async (path: string | undefined, log: Log): Promise<DurableMap> => {
  if (path === undefined) return memoryMap();
  return openDurableMap(path, {
    unfinishedSave: bytes =>
      log.warn('A save that a crash had cut off was dropped; it was never exposed', { path, bytes }),
    notLocked: () =>
      log.warn('This file system cannot lock state.path: see to it that no second exporter uses it', { path }),
    smallVolume: () =>
      log.warn('The volume of state.path has no room for a second journal, compacting in place', { path }),
  });
};

/** What to say of a target without a region. */
export const noRegion = (configFile: string | undefined, { roleArn, accountId }: Target): ConfigError => {
  if (configFile === undefined) {
    const message =
      'no AWS region is known; set AWS_REGION, such as AWS_REGION=eu-west-1, or try the demo, which needs no AWS account';
    return new ConfigError('aws-glue-exporter', [{ line: undefined, key: '', message }]);
  }
  // One of the file can stand for many: it is told by what it says itself.
  const whose = roleArn ?? accountId;
  const which = whose === undefined ? 'without role_arn and account_id' : `of ${whose}`;
  const message = `the target ${which} has no region, and neither has the environment; set region, or AWS_REGION`;
  return new ConfigError(configFile, [{ line: undefined, key: 'targets', message }]);
};
