/** A number for people: 1,234. */
export const whole = (value: number): string => Math.round(value).toLocaleString('en-US');

/** The same, with one decimal where it is small and not whole: 0.3. */
export const rough = (value: number): string =>
  value >= 9.95 || Number.isInteger(value) ? whole(value) : value.toFixed(1);

/** A number of things: 1 target, 2 targets. */
export const counted = (count: number, what: string): string => `${whole(count)} ${what}${count === 1 ? '' : 's'}`;

/** A time for people, in one unit: 90s, 12m, 5h, 3d. */
export const inTime = (seconds: number): string => {
  if (seconds < 120) return `${Math.round(seconds)}s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)}h` : `${Math.round(seconds / 86_400)}d`;
};
