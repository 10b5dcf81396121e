import type { TargetLabels, Telemetry } from './telemetry.ts';
import { type Labels, renderLabels } from './text.ts';

/** What a collector exposes: what its listing says, and the runs that it reads. */
export const COLLECTOR_DATA = ['definitions', 'runs'] as const;
export type CollectorData = (typeof COLLECTOR_DATA)[number];

/** The exporter's own metrics of one target: an account and region. */
export interface TargetTelemetry {
  /**
   * Names the account once it is known, and the constant labels. Gauges without the account are removed. What another target has counted
   * for this account and region continues under these labels.
   */
  identify(accountId: string, labels: Labels): void;
  /** The labels that its series have now, rendered. */
  readonly labels: string;
  requested(operation: string): void;
  /** What may be sent now. */
  budget(requestsPerSecond: number): void;
  failed(operation: string, reason: string): void;
  unknownValue(field: string): void;
  entities(collector: string, count: number): void;
  runsCounted(collector: string, result: string, count: number): void;
  runsLost(collector: string, count: number): void;
  historyTruncated(collector: string): void;
  /** A collector's poll ended without a failure at this local time, epoch seconds. */
  collectorPolled(collector: string, at: number): void;
  /** Whether the last poll of a collector met no failure. */
  collectorUp(collector: string, up: boolean): void;
  pollEnded(seconds: number, up: boolean): void;
  /** Local time, epoch seconds, of the oldest read that is exposed of a collector; undefined before the first. */
  oldestRead(collector: string, data: CollectorData, at: number | undefined): void;
  /** Maximum age in seconds of a collector's data while polls keep up; undefined where it has no such data. */
  ageLimit(collector: string, data: CollectorData, seconds: number | undefined): void;
  /** The part of the requests that could have been sent since the last poll began. */
  budgetUsed(ratio: number): void;
  overran(): void;
  /**
   * Removes what is true of a target only while it is polled, except what another one goes on with; its counters stay.
   * `keptCollectors` are that one's; undefined when there is none.
   */
  withdraw(keptCollectors: readonly string[] | undefined): void;
}

/** Label values of which series are there from the start. */
export interface TelemetryLabelValues {
  readonly collectors: readonly string[];
  /** How runs can end, by collector. */
  readonly results?: Readonly<Record<string, readonly string[]>>;
}

/** The metrics of one target. Until the account is known its label is empty. `labels` are the constant ones that are known by then. */
export const targetTelemetry = (
  telemetry: Telemetry,
  region: string,
  labels: Labels,
  values: TelemetryLabelValues,
): TargetTelemetry => {
  let target: TargetLabels = { aws_account_id: '', aws_region: region, ...labels };

  /**
   * Counters that rules and dashboards read as increases per target or collector start at 0, so that the first event is one. Not those by
   * operation, reason or field, which most targets never have: ninety series for each of 150 targets would be most of what the
   * exporter says of itself.
   */
  const seed = () => {
    telemetry.pollOverruns.inc(target, 0);
    telemetry.apiThrottles.inc(target, 0);
    for (const collector of values.collectors) {
      for (const result of values.results?.[collector] ?? []) {
        telemetry.runsCounted.inc({ ...target, collector, result }, 0);
      }
      telemetry.runsLost.inc({ ...target, collector }, 0);
      telemetry.historyTruncated.inc({ ...target, collector }, 0);
      telemetry.departedLedgersDropped.inc({ ...target, collector }, 0);
    }
  };

  const ofTheTarget = [telemetry.targetUp, telemetry.pollDurationSeconds, telemetry.apiBudget, telemetry.apiBudgetUsed];
  const ofItsCollectors = [telemetry.collectorUp, telemetry.entities, telemetry.lastSuccessfulPoll];
  const ofTheirData = [telemetry.oldestRead, telemetry.readAgeLimit];
  const removeCollector = (labels: TargetLabels, collector: string): void => {
    for (const gauge of ofItsCollectors) gauge.remove({ ...labels, collector });
    for (const gauge of ofTheirData) for (const data of COLLECTOR_DATA) gauge.remove({ ...labels, collector, data });
  };

  return {
    identify(accountId, labels) {
      if (target.aws_account_id === accountId) return;
      for (const gauge of ofTheTarget) gauge.remove(target);
      for (const collector of values.collectors) removeCollector(target, collector);
      target = { aws_account_id: accountId, aws_region: region, ...labels };
      telemetry.label(target);
      seed();
    },
    get labels() {
      return renderLabels(telemetry.targetOf(target));
    },
    budget: requestsPerSecond => telemetry.apiBudget.set(target, requestsPerSecond),
    requested: operation => telemetry.apiRequests.inc({ ...target, operation }),
    failed(operation, reason) {
      telemetry.apiFailures.inc({ ...target, operation, reason });
      if (reason === 'throttled') telemetry.apiThrottles.inc(target);
    },
    unknownValue: field => telemetry.unknownValues.inc({ ...target, field }),
    entities: (collector, count) => telemetry.entities.set({ ...target, collector }, count),
    runsCounted: (collector, result, count) => telemetry.runsCounted.inc({ ...target, collector, result }, count),
    runsLost: (collector, count) => telemetry.runsLost.inc({ ...target, collector }, count),
    historyTruncated: collector => telemetry.historyTruncated.inc({ ...target, collector }),
    collectorPolled: (collector, at) => telemetry.lastSuccessfulPoll.set({ ...target, collector }, at),
    collectorUp: (collector, up) => telemetry.collectorUp.set({ ...target, collector }, up ? 1 : 0),
    pollEnded(seconds, up) {
      telemetry.pollDurationSeconds.set(target, seconds);
      telemetry.targetUp.set(target, up ? 1 : 0);
    },
    oldestRead(collector, data, at) {
      if (at === undefined) telemetry.oldestRead.remove({ ...target, collector, data });
      else telemetry.oldestRead.set({ ...target, collector, data }, at);
    },
    ageLimit(collector, data, seconds) {
      if (seconds === undefined) telemetry.readAgeLimit.remove({ ...target, collector, data });
      else telemetry.readAgeLimit.set({ ...target, collector, data }, seconds);
    },
    budgetUsed: ratio => telemetry.apiBudgetUsed.set(target, ratio),
    overran: () => telemetry.pollOverruns.inc(target),
    withdraw(keptCollectors) {
      // A reload may have given them other labels.
      const labels = telemetry.targetOf(target);
      if (keptCollectors === undefined) for (const gauge of ofTheTarget) gauge.remove(labels);
      for (const collector of values.collectors) {
        if (keptCollectors?.includes(collector) !== true) removeCollector(labels, collector);
      }
    },
  };
};
