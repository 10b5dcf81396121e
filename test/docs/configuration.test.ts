import { describe, expect, test } from 'vitest';
import { configKeys, webConfigKeys } from '../../scripts/generate/configuration-page.ts';
import { commentsIn } from '../../scripts/generate/yaml-comments.ts';
import { collectors } from '../../src/collectors/index.ts';
import { read } from './pages.ts';

const page = read('docs/configuration.md');
const rows = new Map(
  [...page.matchAll(/^\| `([^`]+)` \| (.*) \|$/gm)].map(([, key = '', cells = '']) => [key, cells.split(' | ')]),
);
/** Sections are explained above their tables. */
const isSection = (key: string): boolean => page.includes(`# ${key}\n`) && !rows.has(key);

describe('docs/configuration.md', () => {
  test('has every key of both files', () => {
    const keys = [...configKeys(), ...webConfigKeys()].map(({ path }) => path);
    expect(keys).toEqual(
      expect.arrayContaining(['targets[].jobs.tags', 'poll.interval', 'tls_server_config.min_version']),
    );
    expect(keys.length).toBeGreaterThan(60);
    expect(keys.filter(key => !rows.has(key) && !isSection(key))).toEqual([]);
  });

  test('says of every key what it means and of which type it is', () => {
    const silent = [...rows].filter(([, [type, , , meaning]]) => type === '' || (meaning ?? '').length < 5);
    expect(silent.map(([key]) => key)).toEqual([]);
  });

  test('says limits and defaults', () => {
    const cells = (key: string) => rows.get(key)?.slice(0, 3);
    expect(cells('poll.interval')).toEqual(['duration', '1s to 7d', '`60s`']);
    expect(cells('poll.concurrency')).toEqual(['whole number', '1 to 100', '`8`']);
    const names = [...collectors.map(({ name }) => name), 'all'].map(name => `\`${name}\``);
    expect(cells('collectors')).toEqual(['list of words', names.join(', '), 'jobs and workflows']);
    expect(cells('series.stale_after')?.[2]).toContain('three times the longest');
    expect(cells('targets[].external_id')?.[1]).toBe('2 to 1224 characters');
    expect(cells('tls_server_config.min_version')?.[2]).toBe('TLS12');
  });

  test('takes no value of an example for a default', () => {
    expect(rows.get('state.path')?.[2]).toBe('');
    expect(rows.get('tls_server_config.cert_file')?.[2]).toBe('');
    expect(rows.get('targets[].region')?.[2]).not.toContain('eu-west-1');
  });
});

describe('the comments of an example', () => {
  const explained = commentsIn(
    [
      '# The head.',
      '',
      '# Many.',
      '#list:',
      '#',
      '#  # First.',
      '#  - name: a',
      '#    # Inner.',
      '#    inner: { deep: 1 }',
      '#',
      '#    # Better.',
      '#  - name: b',
      '#    inner:',
      '#      # Deep,',
      '#      # over two lines.',
      '#      deep: 2',
      '',
      'plain:',
      '  # Its key.',
      '  key: 5m',
      '  bare: 1',
    ].join('\n'),
  );

  test('are found by paths, the last one of a key that is shown twice', () => {
    expect(Object.fromEntries([...explained].map(([path, { comment }]) => [path, comment]))).toEqual({
      list: 'Many.',
      'list[].name': 'Better.',
      'list[].inner': 'Inner.',
      'list[].inner.deep': 'Deep,\nover two lines.',
      plain: '',
      'plain.key': 'Its key.',
      'plain.bare': '',
    });
  });

  test('tell what is in force', () => {
    expect(explained.get('plain.key')).toEqual({ comment: 'Its key.', value: '5m', isInForce: true });
    expect(explained.get('list[].name')).toMatchObject({ isInForce: false });
  });
});
