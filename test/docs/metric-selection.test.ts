import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { knownNames } from '../../src/exporter/known-names.ts';
import { blocksIn, read } from './pages.ts';

const PAGE = 'docs/metric-selection.md';

describe(PAGE, () => {
  const examples = blocksIn('yaml').filter(({ page }) => page === PAGE);

  test('shows selections that are valid, each with fewer metrics than there are', () => {
    const all = knownNames.collectors.flatMap(({ families }) => families);
    expect(examples).toHaveLength(3);
    for (const { text } of examples) {
      const { families } = parseConfig(text, PAGE, knownNames).metrics;
      expect(families.length).toBeGreaterThan(0);
      expect(families.length).toBeLessThan(all.length);
    }
  });

  test('has figures for both presets', () => {
    expect(read(PAGE)).not.toContain('@');
  });
});
