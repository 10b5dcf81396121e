import type { Filter } from './filter.ts';

/** How a target is polled. */
export interface PollSettings {
  readonly intervalSeconds: number;
  readonly discoveryIntervalSeconds: number;
  /** Deadline of one poll; what it did not get to goes first in the next. */
  readonly timeoutSeconds: number;
  /** Requests under way at once, per target. */
  readonly concurrency: number;
}

/** How AWS is asked. */
export interface AwsSettings {
  /** Per target, retries included, all shards together. */
  readonly requestsPerSecond: number;
  readonly requestTimeoutSeconds: number;
  readonly maxAttempts: number;
}

/** The role that a target is polled with. */
export interface RoleSettings {
  readonly roleArn: string | undefined;
  readonly externalId: string | undefined;
}

/** How AWS is reached. */
export interface ConnectionSettings {
  readonly endpoint: string | undefined;
  readonly stsEndpoint: string | undefined;
  /** Undefined: that of the name of stsEndpoint, else the target's. */
  readonly stsRegion: string | undefined;
  /** Of the shared AWS files. Undefined: AWS_PROFILE, then the default one. */
  readonly profile: string | undefined;
  /** Undefined: as the environment or the profile says. */
  readonly useFipsEndpoint: boolean | undefined;
}

/** How runs are counted. */
export interface CountingSettings {
  /** Whether a run that somebody stopped counts as a failure. */
  readonly stoppedIsFailure: boolean;
}

/** One account and region to collect from, with everything it inherits. */
export interface Target extends RoleSettings, ConnectionSettings, CountingSettings {
  /** Undefined: AWS_REGION, then the shared config file, as every AWS tool does. */
  readonly region: string | undefined;
  readonly accountId: string | undefined;
  /** Constant labels on every series of this target, the exporter's own included, with their placeholders: see targetLabels. */
  readonly labels: Readonly<Record<string, string>>;
  /** Names by account id: of the target's own account where that is known; undefined without the section account_names. */
  readonly accountNames: Readonly<Record<string, string>> | undefined;
  /** By collector name; a collector without an entry takes everything. */
  readonly filters: Readonly<Record<string, Filter>>;
  readonly poll: PollSettings;
  readonly aws: AwsSettings;
}

export interface StateSettings {
  /** A folder for the ledgers; undefined keeps them in memory. */
  readonly path: string | undefined;
}

export interface SeriesSettings {
  /** How long series are exposed after the last success. */
  readonly staleAfterSeconds: number;
  /** The most series of all targets together. */
  readonly limit: number;
}

/** Which metrics of jobs and workflows are exposed. */
export interface MetricSelection {
  readonly preset: 'full' | 'lean';
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** The names of the families that all of this selects. */
  readonly families: readonly string[];
}

/** The whole configuration, defaults filled in and checked. Frozen. */
export interface Config {
  readonly targets: readonly Target[];
  readonly collectors: readonly string[];
  /** As written; undefined for none. */
  readonly accountNames: Readonly<Record<string, string>> | undefined;
  readonly metrics: MetricSelection;
  /** Of the file as a whole; each target has its own. */
  readonly poll: PollSettings;
  readonly aws: AwsSettings;
  readonly state: StateSettings;
  readonly series: SeriesSettings;
}

/** The names that a config is checked against. */
export interface KnownNames {
  readonly collectors: readonly {
    readonly name: string;
    /** Whether it is collected where the config names no collectors. */
    readonly isDefault: boolean;
    /** Whether a target can filter its entities, which the account as a whole is none of. */
    readonly hasFilter: boolean;
    readonly tagFilter: boolean;
    /** Names of its families, and those of the preset lean. */
    readonly families: readonly string[];
    readonly lean: readonly string[];
    /** Label names of its entities and families, which constant labels must not take where it is in use. */
    readonly labels: readonly string[];
  }[];
  /** Label names that constant labels must never take, whatever is collected. */
  readonly labels: ReadonlySet<string>;
}
