/**
 * Acts on items in their order, on a number of them at a time. Ten thousand items that all waited for a limit would be as many
 * promises, and work for the garbage collector. Rejects with the first failure; then no further items are started in its lane.
 */
export const inLanes = async <Item>(
  items: readonly Item[],
  lanes: number,
  act: (item: Item) => Promise<void>,
): Promise<void> => {
  const rest = items.values();
  const lane = async (): Promise<void> => {
    for (const item of rest) await act(item);
  };
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane));
};
