import { describe, expect, test } from 'vitest';
import { STYLE } from '../../../src/web/status/style.ts';

/** The colours of a theme: those of the light one, or with those of the dark one in their place. */
const coloursOf = (css: string): Readonly<Record<string, string>> =>
  Object.fromEntries([...css.matchAll(/--([\w-]+): (#\w{6});/g)].map(([, name = '', colour = '']) => [name, colour]));
const [light = '', dark = ''] = STYLE.split('@media (prefers-color-scheme: dark)');
const themes = { light: coloursOf(light), dark: coloursOf(dark) };

/** https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
const luminance = (colour: string): number => {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map(at => {
    const channel = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};

const contrast = (one: string, other: string): number => {
  const [brighter = 0, darker = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (brighter + 0.05) / (darker + 0.05);
};

const pairs = [
  ...['text', 'muted', 'link', 'good', 'bad', 'warn'].flatMap(ink => [
    [ink, 'page'],
    [ink, 'band'],
  ]),
  ...['text', 'bad', 'link'].map(ink => [ink, 'alarm']),
  ...['success', 'failure', 'active', 'other'].map(cell => ['on-cell', cell]),
];

describe.each(Object.entries(themes))('in the %s theme', (_, colours) => {
  test.each(pairs)('%s can be read on %s', (ink = '', ground = '') => {
    expect(contrast(colours[ink] ?? '', colours[ground] ?? '')).toBeGreaterThanOrEqual(4.5);
  });

  test.each(['success', 'failure', 'active', 'other'])('a cell that means %s can be seen on the page', cell => {
    expect(contrast(colours[cell] ?? '', colours.page ?? '')).toBeGreaterThanOrEqual(3);
  });
});

test('both themes have the same colours', () => {
  expect(Object.keys(themes.dark)).toEqual(Object.keys(themes.light));
  expect(Object.keys(themes.light).length).toBeGreaterThan(10);
});
