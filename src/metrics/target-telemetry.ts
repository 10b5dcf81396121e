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
  runsCounted(collector: string, result: string, count: number): void;
  runsLost(collector: string, count: number): void;
  historyTruncated(collector: string): void;
  /** A collector's poll ended without a failure at this local time, epoch seconds. */
  collectorPolled(collector: string, at: number): void;
  pollEnded(seconds: number, up: boolean): void;
  /** Local time, epoch seconds, at which the entity was read that was not read for the longest time; undefined until all were. */
  oldestRead(collector: string, at: number | undefined): void;
  /** How old what is known of an entity may get before it is read again. */
  ageLimit(seconds: number): void;
  /** The part of the requests that could have been sent since the last poll began. */
  budgetUsed(ratio: number): void;
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
  /** How runs can end, by collector. */
  readonly results?: Readonly<Record<string, readonly string[]>>;
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
      for (const result of values.results?.[collector] ?? []) {
        telemetry.runsCounted.inc({ ...target, collector, result }, 0);
      }
      telemetry.runsLost.inc({ ...target, collector }, 0);
      telemetry.historyTruncated.inc({ ...target, collector }, 0);
      telemetry.departedLedgersDropped.inc({ ...target, collector }, 0);
    }
    for (const operation of values.operations) {
      telemetry.apiRequests.inc({ ...target, operation }, 0);
      for (const reason of values.reasons) telemetry.apiFailures.inc({ ...target, operation, reason }, 0);
    }
  };

  const ofTheTarget = [
    telemetry.targetUp,
    telemetry.pollDurationSeconds,
    telemetry.readAgeLimit,
    telemetry.apiBudget,
    telemetry.apiBudgetUsed,
  ];
  const ofItsCollectors = [telemetry.entities, telemetry.lastSuccessfulPoll, telemetry.oldestRead];

  return {
    identify(accountId) {
      if (target.aws_account_id === accountId) return;
      for (const gauge of ofTheTarget) gauge.remove(target);
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
    runsCounted: (collector, result, count) => telemetry.runsCounted.inc({ ...target, collector, result }, count),
    runsLost: (collector, count) => telemetry.runsLost.inc({ ...target, collector }, count),
    historyTruncated: collector => telemetry.historyTruncated.inc({ ...target, collector }),
    collectorPolled: (collector, at) => telemetry.lastSuccessfulPoll.set({ ...target, collector }, at),
    pollEnded(seconds, up) {
      telemetry.pollDurationSeconds.set(target, seconds);
      telemetry.targetUp.set(target, up ? 1 : 0);
    },
    oldestRead(collector, at) {
      if (at === undefined) telemetry.oldestRead.remove({ ...target, collector });
      else telemetry.oldestRead.set({ ...target, collector }, at);
    },
    ageLimit: seconds => telemetry.readAgeLimit.set(target, seconds),
    budgetUsed: ratio => telemetry.apiBudgetUsed.set(target, ratio),
    overran: () => telemetry.pollOverruns.inc(target),
    withdraw(keptCollectors) {
      if (keptCollectors === undefined) for (const gauge of ofTheTarget) gauge.remove(target);
      for (const collector of values.collectors) {
        if (keptCollectors?.includes(collector)) continue;
        for (const gauge of ofItsCollectors) gauge.remove({ ...target, collector });
      }
    },
  };
};
