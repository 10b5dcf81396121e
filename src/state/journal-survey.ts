import type { JournalFile } from './journal-file.ts';
import { type Extent, entriesOf, linesOf } from './journal-lines.ts';

/** Where the newest entry of a key is. */
export interface JournalPlace {
  readonly position: number;
  readonly bytes: number;
  readonly line: number;
  /** The first line that has the key. */
  readonly firstLine: number;
  readonly isDeletion: boolean;
}

/** How much of a line is out of date. */
export interface SurveyedLine {
  readonly start: number;
  readonly end: number;
  unusedBytes: number;
}

/** What of a journal is needed. */
export interface Survey {
  readonly places: ReadonlyMap<string, JournalPlace>;
  readonly lines: readonly SurveyedLine[];
}

/** Reads a journal from its beginning to its end. Throws a StateError over a line that is not as it was written. */
export const survey = async (file: JournalFile, extent: Extent, path: string): Promise<Survey> => {
  const places = new Map<string, JournalPlace>();
  const lines: SurveyedLine[] = [];
  const addUnused = (line: number, bytes: number): void => {
    const found = lines[line];
    if (found !== undefined) found.unusedBytes += bytes;
  };
  for await (const raw of linesOf(file, extent, path)) {
    const line = lines.length;
    const entries = entriesOf(raw.json);
    // A line that held nothing is of no use.
    const unusedBytes = entries.length === 0 ? raw.end - raw.start : 0;
    lines.push({ start: raw.start, end: raw.end, unusedBytes });
    for (const { key, isDeletion, start, end } of entries) {
      const older = places.get(key);
      const bytes = end - start;
      if (older !== undefined && !older.isDeletion) addUnused(older.line, older.bytes);
      if (isDeletion) addUnused(line, bytes);
      const position = raw.positionOf(start);
      places.set(key, { position, bytes, line, firstLine: older?.firstLine ?? line, isDeletion });
    }
  }
  return { places, lines };
};

/** Each step waits for the disk twice. */
const MOST_STEPS = 256;
const CHOICES = 16;

/**
 * Where to begin to compact; undefined when nothing is out of date. As early as is possible within a number of steps: where next
 * to nothing is out of date at the front, everything behind it would have to be moved by next to nothing.
 */
export const planStart = ({ lines }: Survey): number | undefined => {
  const unusedBytes = lines.reduce((sum, line) => sum + line.unusedBytes, 0);
  if (unusedBytes === 0) return undefined;
  let best: { readonly start: number; readonly steps: number } | undefined;
  let [first, before] = [0, 0];
  for (let choice = 0; choice < CHOICES; choice += 1) {
    while (first < lines.length) {
      const next = lines[first]?.unusedBytes ?? 0;
      if (before + next > (unusedBytes * choice) / CHOICES) break;
      before += next;
      first += 1;
    }
    const steps = stepsFrom(lines, first);
    const start = lines[first]?.start;
    if (start !== undefined && (best === undefined || steps < best.steps)) best = { start, steps };
    if (steps <= MOST_STEPS) break;
  }
  return best?.start;
};

/** How many steps it takes about to compact from a line on. */
const stepsFrom = (lines: readonly SurveyedLine[], first: number): number => {
  let [steps, gap, room] = [0, 0, 0];
  for (const { start, end, unusedBytes } of lines.slice(first)) {
    gap += unusedBytes;
    let needed = end - start - unusedBytes;
    if (gap === 0 || needed <= room) {
      room -= gap === 0 ? 0 : needed;
      continue;
    }
    needed -= room;
    const taken = Math.ceil(needed / gap);
    steps += taken;
    room = taken * gap - needed;
  }
  return steps;
};
