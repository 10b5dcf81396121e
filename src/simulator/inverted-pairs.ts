import { hashText } from './random.ts';
import { type JsonObject, type RunPage, runIdOf, type SimulatedEntity, startedOnOf } from './world.ts';

/** A place after which one run is left out, because the page before has shown it already. */
interface Place {
  readonly cursor: string | undefined;
  readonly shownId?: string;
}

const cursorOf = ({ cursor = '', shownId }: Place): string =>
  shownId === undefined ? cursor : `~${encodeURIComponent(shownId)} ${cursor}`;

const placeOf = (text: string | undefined): Place => {
  const [, shownId, cursor = ''] = /^~(\S*) (.*)$/s.exec(text ?? '') ?? [];
  if (shownId === undefined) return { cursor: text };
  return { cursor: cursor === '' ? undefined : cursor, shownId: decodeURIComponent(shownId) };
};

/** The pairs of a chain of runs are decided from its end, and depend on the two runs after the pair alone: nothing moves. */
const swaps = (entity: SimulatedEntity, runs: readonly JsonObject[], inversionSeconds: number) => {
  const startOf = (run: JsonObject | undefined): number => (run === undefined ? Number.NaN : startedOnOf(entity, run));
  const areClose = (index: number): boolean =>
    Math.abs(startOf(runs[index]) - startOf(runs[index + 1])) <= inversionSeconds;
  const isChosen = (index: number): boolean => {
    const [run, next] = [runs[index], runs[index + 1]];
    if (run === undefined || next === undefined || !areClose(index)) return false;
    return !areClose(index + 1) || hashText(`${runIdOf(entity, run)} ${runIdOf(entity, next)}`) % 2 === 0;
  };
  return (index: number): boolean => isChosen(index) && !isChosen(index + 1);
};

/** So many runs, or all that there are, with pairs swapped. Of a pair at the end, only the one that comes first is shown. */
const inverted = (
  runs: readonly JsonObject[],
  limit: number,
  isSwapped: (index: number) => boolean,
): { readonly shown: readonly JsonObject[]; readonly isLastLeft: boolean } => {
  const shown: JsonObject[] = [];
  for (let index = 0; shown.length < limit && index < runs.length; index += 1) {
    const [run, next] = runs.slice(index, index + 2);
    if (run === undefined) break;
    if (next === undefined || !isSwapped(index)) {
      shown.push(run);
      continue;
    }
    shown.push(next);
    if (shown.length === limit) return { shown, isLastLeft: true };
    shown.push(run);
    index += 1;
  }
  return { shown, isLastLeft: false };
};

/** Runs that are read beyond a page: up to three decide about a pair, and one may have been shown before. */
const AHEAD = 4;

/**
 * A page of a history in which neighbours that started within some seconds of each other change places: every two that are
 * close to each other and to no third one, and some of those that are close to more. The last run of a page can change places
 * with the first one of the next: the cursor remembers that, so that paging goes on without a loss also when no more places
 * are changed (`inversionSeconds` 0).
 */
export const pageWithInversions = (
  entity: SimulatedEntity,
  inversionSeconds: number,
  at: number,
  cursor: string | undefined,
  limit: number,
): RunPage => {
  const { cursor: start, shownId } = placeOf(cursor);
  if (shownId === undefined && inversionSeconds <= 0) return entity.page(at, start, limit);
  const isNew = (run: JsonObject): boolean => runIdOf(entity, run) !== shownId;

  const ahead = entity.page(at, start, limit + AHEAD);
  if (ahead.cursor !== undefined && ahead.runs.length < limit + AHEAD) {
    // Some runs of this history are hidden, so that places cannot be counted: change places within the page alone.
    const page = entity.page(at, start, limit);
    const runs = page.runs.filter(isNew);
    const { shown } = inverted(runs, runs.length, swaps(entity, runs, inversionSeconds));
    return { ...page, runs: shown };
  }

  const places = ahead.runs.map((run, index) => ({ run, index })).filter(({ run }) => isNew(run));
  const runs = places.map(({ run }) => run);
  const isSwapped = swaps(entity, runs, inversionSeconds);
  const shownAt = ahead.runs.findIndex(run => !isNew(run));
  // The first run has changed places already when the page before has shown the one after it.
  const { shown, isLastLeft } = inverted(runs, limit, index => isSwapped(index) && !(index === 0 && shownAt >= 0));
  /** The plain place after so many runs; undefined when that is the end. */
  const after = (count: number) => (count === 0 ? start : entity.page(at, start, count).cursor);
  const last = shown.at(-1);
  if (isLastLeft && last !== undefined) {
    return {
      runs: shown,
      cursor: cursorOf({ cursor: after(places[limit - 1]?.index ?? 0), shownId: runIdOf(entity, last) }),
    };
  }
  // The next page must not begin with the run that is left out here.
  const next = after(Math.max(shownAt, places[shown.length - 1]?.index ?? -1) + 1);
  return next === undefined || shown.length === 0 ? { runs: shown } : { runs: shown, cursor: next };
};
