// A state of some 200 KB, and its journal after many saves.
import { commitSlot, EMPTY_SLOT, entryText, lineOf, slotPosition, TITLE } from '../../src/state/journal-format.ts';

export const KEYS = 200;

/** The size of a journal that has nothing else in it. */
export const STATE_BYTES = KEYS * 1040;

export const keyOf = (index: number): string => `ledger/${index % KEYS}`;

export const valueOfSave = (save: number) => ({ save, padding: 'x'.repeat(1000) });

/** The journal of a state that was saved whole, and then again value by value. */
export const journalOf = (saves: number): Buffer => {
  const first = Array.from({ length: KEYS }, (_, index) => entryText(keyOf(index), valueOfSave(index)));
  const lines = [lineOf(1, first)];
  for (let save = 1; save <= saves; save += 1) {
    lines.push(lineOf(save + 1, [entryText(keyOf(save), valueOfSave(KEYS + save))]));
  }
  return committed(lines);
};

/** A journal of these lines. */
export const committed = (lines: readonly Buffer[]): Buffer => {
  const bytes = Buffer.concat([Buffer.from(`${TITLE}${EMPTY_SLOT}${EMPTY_SLOT}`), ...lines]);
  bytes.write(commitSlot({ sequence: lines.length, length: bytes.length }), slotPosition(0));
  return bytes;
};
