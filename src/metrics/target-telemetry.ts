import type { TargetLabels, Telemetry } from './telemetry.ts';

/** The exporter's own metrics of one target: an account and region. */
export interface TargetTelemetry {
  /** Names the account once it is known; gauges without it vanish then. */
  identify(accountId: string): void;
  requested(operation: string): void;
  /** What may be sent now. */
  budget(requestsPerSecond: number): void;
  failed(operation: string, reason: string): void;
  unknownValue(field: string): void;
  entities(collector: string, count: number): void;
  runsLost(collector: string, count: number): void;
  historyTruncated(collector: string): void;
  /** A collector's poll ended without a failure at this local time, epoch seconds. */
  collectorPolled(collector: string, at: number): void;
  pollEnded(seconds: number, up: boolean): void;
  overran(): void;
  /**
   * Removes what is true of a target only while it is polled, except what another one goes on with; its counters stay.
   * `keptCollectors` are that one's; undefined when there is none.
   */
  withdraw(keptCollectors: readonly string[] | undefined): void;
}

/** Everything that a label of these metrics can be. Each is seeded at 0, so that the first event is an increase. */
export interface TelemetryLabelValues {
  readonly collectors: readonly string[];
  readonly operations: readonly string[];
  readonly reasons: readonly string[];
  readonly unknownFields: readonly string[];
}

/** The metrics of one target. Until the account is known its label is empty. */
export const targetTelemetry = (
  telemetry: Telemetry,
  region: string,
  values: TelemetryLabelValues,
): TargetTelemetry => {
  let target: TargetLabels = { aws_account_id: '', aws_region: region };

  const seed = () => {
    telemetry.pollOverruns.inc(target, 0);
    telemetry.apiThrottles.inc(target, 0);
    for (const field of values.unknownFields) telemetry.unknownValues.inc({ ...target, field }, 0);
    for (const collector of values.collectors) {
      telemetry.runsLost.inc({ ...target, collector }, 0);
      telemetry.historyTruncated.inc({ ...target, collector }, 0);
    }
    for (const operation of values.operations) {
      telemetry.apiRequests.inc({ ...target, operation }, 0);
      for (const reason of values.reasons) telemetry.apiFailures.inc({ ...target, operation, reason }, 0);
    }
  };

  return {
    identify(accountId) {
      if (target.aws_account_id === accountId) return;
      telemetry.targetUp.remove(target);
      telemetry.pollDurationSeconds.remove(target);
      telemetry.apiBudget.remove(target);
      target = { ...target, aws_account_id: accountId };
      seed();
    },
    budget: requestsPerSecond => telemetry.apiBudget.set(target, requestsPerSecond),
    requested: operation => telemetry.apiRequests.inc({ ...target, operation }),
    failed(operation, reason) {
      telemetry.apiFailures.inc({ ...target, operation, reason });
      if (reason === 'throttled') telemetry.apiThrottles.inc(target);
    },
    unknownValue: field => telemetry.unknownValues.inc({ ...target, field }),
    entities: (collector, count) => telemetry.entities.set({ ...target, collector }, count),
    runsLost: (collector, count) => telemetry.runsLost.inc({ ...target, collector }, count),
    historyTruncated: collector => telemetry.historyTruncated.inc({ ...target, collector }),
    collectorPolled: (collector, at) => telemetry.lastSuccessfulPoll.set({ ...target, collector }, at),
    pollEnded(seconds, up) {
      telemetry.pollDurationSeconds.set(target, seconds);
      telemetry.targetUp.set(target, up ? 1 : 0);
    },
    overran: () => telemetry.pollOverruns.inc(target),
    withdraw(keptCollectors) {
      if (keptCollectors === undefined) {
        telemetry.targetUp.remove(target);
        telemetry.pollDurationSeconds.remove(target);
        telemetry.apiBudget.remove(target);
      }
      for (const collector of values.collectors) {
        if (keptCollectors?.includes(collector)) continue;
        telemetry.entities.remove({ ...target, collector });
        telemetry.lastSuccessfulPoll.remove({ ...target, collector });
      }
    },
  };
};
