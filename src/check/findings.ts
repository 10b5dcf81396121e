import type { AnyCollector } from '../collectors/collector.ts';
import type { GlueError } from '../glue/reason.ts';
import type { Forecast } from '../poll/forecast.ts';
import type { Inspection } from './inspection.ts';

/** Something that has to be fixed, or that is good to know, in words. */
export interface Remark {
  readonly text: string;
  /** What can be done; undefined where the text says it. */
  readonly remedy?: string;
}

/** What was found out of one permission. */
export interface PermissionFinding {
  /** As a policy names it. */
  readonly action: string;
  /** Denied to some of what was tried is partly; untried is what nothing was found out of. */
  readonly state: 'ok' | 'missing' | 'partly' | 'failed' | 'untried';
  readonly failure: GlueError | undefined;
  /** What works only with it. */
  readonly cost: string;
  /** Whether everything works without it, with more requests: then it is no problem when it is missing. */
  readonly isOptional: boolean;
}

/** What was found out of one collector. */
export interface CollectorFinding extends Inspection {
  readonly words: AnyCollector['words'];
  /** Whether the account as a whole is its only entity, which is nothing to count. */
  readonly isOfAccount: boolean;
  readonly permissions: readonly PermissionFinding[];
  /** What it takes of series.limit: room is kept for the most series that each entity can have. */
  readonly reservedSeries: number;
  /** What went wrong besides permissions. */
  readonly failure: GlueError | undefined;
}

/** A proxy, and the hosts that requests were sent to through it. */
export interface Route {
  /** Without user and password; undefined for no proxy. */
  readonly proxy: string | undefined;
  readonly hosts: readonly string[];
}

/** What was found out of one target. */
export interface TargetFinding {
  readonly region: string;
  readonly accountId: string | undefined;
  /** Whom the credentials stand for. */
  readonly arn: string | undefined;
  /** The constant labels of its series; undefined without an account. */
  readonly labels: Readonly<Record<string, string>> | undefined;
  /** Those it takes to have credentials; the others are the collectors'. */
  readonly permissions: readonly PermissionFinding[];
  readonly collectors: readonly CollectorFinding[];
  /** How hosts were reached; empty where there is no proxy. */
  readonly routes: readonly Route[];
  readonly problems: readonly Remark[];
  readonly notes: readonly Remark[];
  /** Undefined when nothing could be listed. */
  readonly forecast: Forecast | undefined;
  readonly requestsPerSecond: number;
  readonly intervalSeconds: number;
}
