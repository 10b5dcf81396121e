import { type Html, html } from '../html.ts';

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const;

/** The two largest units of a time: 42s, 1m 30s, 3h, 5d 3h. */
export const duration = (seconds: number): string => {
  const whole = Math.max(0, Math.floor(seconds));
  const first = UNITS.findIndex(([, size]) => whole >= size);
  const [unit, size] = UNITS[first] ?? ['s', 1];
  const [lesser, lesserSize] = UNITS[first + 1] ?? ['', 0];
  const rest = lesserSize === 0 ? 0 : Math.floor((whole % size) / lesserSize);
  return `${Math.floor(whole / size)}${unit}${rest === 0 ? '' : ` ${rest}${lesser}`}`;
};

/** 2026-03-01 12:00:00 UTC; epoch seconds within the range of dates. */
export const utc = (at: number): string => `${new Date(at * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** A moment, and how long ago it was; nothing for one that is not known. */
export const moment = (at: number | undefined, now: number): Html => {
  if (at === undefined || !Number.isFinite(at)) return html``;
  const iso = new Date(at * 1000).toISOString();
  return html`<time datetime="${iso}">${utc(at)}</time> <span class="age">${duration(now - at)} ago</span>`;
};
