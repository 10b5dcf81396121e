import { answersRuns, isPaged, type KnownOperation, listsDefinitions, showsRuns } from './kinds/known-operation.ts';
import { type Random, randomStreams } from './random.ts';

export const faultKinds = [
  'throttle',
  'server_error',
  'access_denied',
  'expired_token',
  /** The entity is gone, although it has just been listed. */
  'not_found',
  'invalid_input',
  /** OperationTimeoutException, with the status 400. */
  'operation_timeout',
  /** A 400 of a name that nobody knows. */
  'unknown_error',
  /** The connection is reset without an answer. */
  'reset',
  /** No answer, ever. */
  'stall',
  /** A good answer, delaySeconds late: it tells how things stood when the request came. */
  'slow',
  /** Headers and half of the body, and then nothing. */
  'stall_body',
  /** The body comes one byte each 100 ms. */
  'drip',
  /** Half of the body, and then the connection is closed. */
  'truncate',
  /** 200 without a body. */
  'empty',
  'html_200',
  'html_503',
  /** Lists never end: the token of each page is that of the page itself. */
  'repeat_token',
  /** Lists never end: two tokens lead to each other. */
  'cycle_tokens',
  /** The token of a page, although just given out, is refused. */
  'expire_token',
  /** One run of a page, or a single one, has a field of a wrong type: that of its start, or those in fields. */
  'malformed_run',
  /**
   * Runs have values that no SDK knows: worker types and execution classes everywhere, states while they have not ended, so
   * that the truth stays true. With fields: those fields, of ended runs, too.
   */
  'unknown_values',
  /** Ended runs lack all their times (StartedOn, LastModifiedOn, CompletedOn), or the fields in fields. */
  'missing_dates',
  /** An answer as it would be, good or not, whose Date header is off by skewSeconds: an hour ahead unless given. */
  'skewed_date',
  /** A page of a list holds a random part of what was asked for, sometimes nothing, and has a token. */
  'short_pages',
  /** Neighbouring runs of a list that started within inversionSeconds of each other (5 unless given) are in the wrong order. */
  'inverted_pairs',
  /**
   * Runs that ended less than lateSeconds ago (60 unless given) lack what AWS may add after the end, like Statistics and DPUSeconds,
   * or those in fields. Or they have them as they stood just before the end.
   */
  'late_fields',
  /** Runs as they stood staleSeconds ago (120 unless given): some are shown active again, those that started since are missing. */
  'stale_answer',
] as const;

export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
  readonly kind: FaultKind;
  /** The part of the requests that are hit, 0 to 1. */
  readonly rate: number;
  /** Only these operations, e.g. GetJobRuns, AssumeRole or GetContainerCredentials; all of them unless given. */
  readonly operations?: readonly string[];
  /** Only requests of this account. */
  readonly account?: string;
  /** Only requests about this entity; for STS, about the role of this ARN. */
  readonly entity?: string;
  /** Hits at most so many requests. */
  readonly times?: number;
  /** How late a slow answer is, real seconds; 1 unless given. */
  readonly delaySeconds?: number;
  /** The fields of runs that are bent, for the kinds that bend some. */
  readonly fields?: readonly string[];
  /** How far the Date header of the answer is ahead, seconds; negative for behind. For every kind that has an answer. */
  readonly skewSeconds?: number;
  /** How far apart the starts of two runs can be that change places. */
  readonly inversionSeconds?: number;
  /** How long after the end of a run its fields come, simulated seconds below 300. */
  readonly lateSeconds?: number;
  /** What late fields are until then; one or the other unless given, always the same for a run. */
  readonly lateAs?: 'absent' | 'stale';
  /** How old a stale answer is, simulated seconds below 300. */
  readonly staleSeconds?: number;
}

/** Nothing is late or stale for as long as this, seconds. */
const SETTLED_SECONDS = 300;

const SKEW_SECONDS = 3600;

/** How far the Date header of the answer to a request is off that a fault hits, seconds. */
export const skewOf = (fault: Fault | undefined): number =>
  fault?.skewSeconds ?? (fault?.kind === 'skewed_date' ? SKEW_SECONDS : 0);

/** What is wrong with a fault; undefined for nothing. */
export const faultMistake = ({ rate, lateSeconds = 0, staleSeconds = 0 }: Fault): string | undefined => {
  if (!(rate >= 0 && rate <= 1)) return 'rate must be a number from 0 to 1';
  if (!(lateSeconds >= 0 && lateSeconds < SETTLED_SECONDS)) return `late must be seconds below ${SETTLED_SECONDS}`;
  if (!(staleSeconds >= 0 && staleSeconds < SETTLED_SECONDS)) return `stale must be seconds below ${SETTLED_SECONDS}`;
  return undefined;
};

/** What faults are chosen by. */
export interface FaultyRequest {
  readonly operation: string;
  /** Undefined for an operation that is not one of Glue's. */
  readonly known: KnownOperation | undefined;
  readonly accountId: string | undefined;
  /** The entities or roles that it names. */
  readonly entities: readonly string[];
  /** Whether it asks for a further page. */
  readonly goesOn: boolean;
}

/** A fault that is meant for a request; whoever makes it happen says so with hit. */
export interface DrawnFault {
  readonly fault: Fault;
  /** How many requests it has hit before. */
  readonly hitsBefore: number;
  readonly hit: () => void;
}

export interface FaultInjector {
  /** Replaces the faults; throws RangeError for one that is wrong. */
  readonly set: (faults: readonly Fault[]) => void;
  readonly active: () => readonly Fault[];
  /** Decides about one request: the first fault that is meant for it, if one is. */
  readonly draw: (request: FaultyRequest) => DrawnFault | undefined;
  /** How many requests each kind has hit since the beginning; kinds without a hit are not in it. */
  readonly hits: ReadonlyMap<FaultKind, number>;
}

/** Whether a kind can make any difference to a request. */
const canHit = (kind: FaultKind, { known, goesOn }: FaultyRequest): boolean => {
  const holds = (question: (operation: KnownOperation['operation']) => boolean): boolean =>
    known !== undefined && question(known.operation);
  switch (kind) {
    case 'repeat_token':
    case 'cycle_tokens':
    case 'short_pages':
      return holds(isPaged);
    case 'expire_token':
      return holds(isPaged) && goesOn;
    case 'malformed_run':
    case 'missing_dates':
      return holds(answersRuns);
    case 'unknown_values':
      return holds(answersRuns) || holds(listsDefinitions);
    case 'inverted_pairs':
      return holds(({ does }) => does === 'list runs');
    case 'late_fields':
    case 'stale_answer':
      return holds(showsRuns);
    default:
      return true;
  }
};

const isMeantFor = (fault: Fault, request: FaultyRequest): boolean =>
  (fault.operations?.includes(request.operation) ?? true) &&
  (fault.account ?? request.accountId) === request.accountId &&
  (fault.entity === undefined || request.entities.includes(fault.entity)) &&
  canHit(fault.kind, request);

/** Which requests are hit is drawn from the seed, anew with each set. */
export const faultInjector = (seed: string): FaultInjector => {
  const hits = new Map<FaultKind, number>();
  let active: readonly { readonly fault: Fault; readonly random: Random; hits: number }[] = [];
  return {
    hits,
    set: faults => {
      for (const fault of faults) {
        const mistake = faultMistake(fault);
        if (mistake !== undefined) throw new RangeError(`${fault.kind}: ${mistake}`);
      }
      active = faults.map((fault, index) => ({ fault, random: randomStreams(`${seed}/faults`)(index), hits: 0 }));
    },
    active: () => active.map(({ fault }) => fault),
    draw: request => {
      for (const entry of active) {
        const { fault } = entry;
        if (!isMeantFor(fault, request) || entry.hits >= (fault.times ?? Number.POSITIVE_INFINITY)) continue;
        if (entry.random() >= fault.rate) continue;
        const hit = (): void => {
          entry.hits += 1;
          hits.set(fault.kind, (hits.get(fault.kind) ?? 0) + 1);
        };
        return { fault, hitsBefore: entry.hits, hit };
      }
      return undefined;
    },
  };
};
