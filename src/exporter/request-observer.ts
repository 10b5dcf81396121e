import type { RequestObserver } from '../glue/glue.ts';
import type { Log } from '../log.ts';
import type { TargetTelemetry } from '../metrics/target-telemetry.ts';
import type { RequestBudget } from '../poll/budget.ts';

export interface RequestObserverOptions {
  readonly telemetry: Pick<TargetTelemetry, 'requested' | 'failed' | 'unknownValue'>;
  readonly budget: Pick<RequestBudget, 'requestsPerSecond' | 'throttled'>;
  /** What the budget allows while AWS does not throttle. */
  readonly fullRequestsPerSecond: number;
  readonly log: Log;
}

/** An observer that also counts what was sent. */
export interface CountingObserver extends RequestObserver {
  /** Requests sent so far. */
  readonly sent: number;
}

/** Counts the requests of a target, lowers its budget when AWS throttles, and warns of each unknown value once. */
export const observeRequests = (options: RequestObserverOptions): CountingObserver => {
  const { telemetry, budget, fullRequestsPerSecond, log } = options;
  let sent = 0;
  const warned = new Set<string>();
  return {
    get sent() {
      return sent;
    },
    requested(operation) {
      sent += 1;
      telemetry.requested(operation);
    },
    failed(operation, reason) {
      telemetry.failed(operation, reason);
      if (reason !== 'throttled') return;
      const isFirst = budget.requestsPerSecond === fullRequestsPerSecond;
      budget.throttled();
      const left = Math.round(budget.requestsPerSecond * 100) / 100;
      if (isFirst) log.warn('Throttled by AWS, reducing request rate', { requests_per_second: left });
    },
    unknownValue(field, value) {
      telemetry.unknownValue(field);
      if (warned.has(field + value)) return;
      warned.add(field + value);
      log.warn('AWS sent a value that this version does not know', { field, value });
    },
  };
};
