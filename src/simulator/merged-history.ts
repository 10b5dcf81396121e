import type { WireKind } from './kinds/kind.ts';
import type { RunPage, SimulatedEntity, SimulatedRun } from './world.ts';

interface OwnedRun {
  readonly owner: SimulatedEntity;
  readonly run: SimulatedRun;
}

const cursorOf = ({ run }: OwnedRun): string => `${run.startedOn} ${run.id}`;

const newestFirst = (a: OwnedRun, b: OwnedRun): number =>
  b.run.startedOn - a.run.startedOn || (a.run.id < b.run.id ? 1 : -1);

/** Whether a run comes after the one that a cursor names. */
const isAfter = (cursor: string | undefined, { run }: OwnedRun): boolean => {
  const [, startedOn, id = ''] = /^(\S+) (.*)$/s.exec(cursor ?? '') ?? [];
  if (startedOn === undefined) return true;
  return run.startedOn < Number(startedOn) || (run.startedOn === Number(startedOn) && run.id < id);
};

/**
 * The runs of several entities as one history, newest first: what a feed lists. It shows runs that started after
 * `startedAfter` (epoch seconds), and reads all of them for each page.
 */
export const mergedHistory = (
  kind: WireKind,
  owners: readonly SimulatedEntity[],
  startedAfter = Number.NEGATIVE_INFINITY,
): SimulatedEntity => {
  const ownedRuns = (from: number, to: number): readonly OwnedRun[] =>
    owners.flatMap(owner => owner.runs(from, to).map(run => ({ owner, run }))).toSorted(newestFirst);
  const page = (at: number, cursor: string | undefined, limit: number): RunPage => {
    const shown = ownedRuns(startedAfter, at)
      .filter(owned => isAfter(cursor, owned))
      .flatMap(owned => {
        const wire = owned.owner.run(at, owned.run.id);
        return wire === undefined ? [] : [{ owned, wire }];
      });
    const items = shown.slice(0, limit);
    const last = items.at(-1);
    const runs = items.map(({ wire }) => wire);
    return last !== undefined && shown.length > limit ? { runs, cursor: cursorOf(last.owned) } : { runs };
  };
  const run = (at: number, id: string) => owners.map(owner => owner.run(at, id)).find(wire => wire !== undefined);
  return {
    kind,
    name: '',
    definition: {},
    longestSeconds: Math.max(0, ...owners.map(({ longestSeconds }) => longestSeconds)),
    runs: (from, to) => ownedRuns(from, to).map(owned => owned.run),
    page,
    run,
    newest: at => page(at, undefined, 1).runs[0],
  };
};
