import { expect, test } from 'vitest';
import { section } from '../../scripts/generate/metrics-page.ts';
import { collectors } from '../../src/collectors/index.ts';

const [like] = collectors;

test.each(collectors.filter(({ isDefault }) => isDefault))(
  'docs/metrics.md has no hint for $name to enable it',
  collector => {
    expect(section(collector)).not.toContain('Off by default');
  },
);

test('docs/metrics.md says of a collector that is off by default how to enable it, and names all of its labels', () => {
  if (like === undefined) throw new Error('there is no collector');
  const page = section({
    ...like,
    name: 'quality_results',
    isDefault: false,
    labelNames: ['database', 'table'],
    operations: ['GetJobs'],
    optionalOperations: [],
    families: [{ name: 'aws_glue_x', help: 'Is a | b.', type: 'gauge', labelNames: ['state'] }],
  });
  expect(page.split('\n')).toEqual([
    '## Quality results',
    '',
    'Off by default: name it in `collectors`. Every series also carries `aws_account_id`, `aws_region`, `database`, `table` and the constant labels of its target.',
    'Permissions: `glue:GetJobs`; with a tag filter: `glue:ListJobs`.',
    '',
    '| metric | type | labels | meaning | lean |',
    '|---|---|---|---|:-:|',
    '| `aws_glue_x` | gauge | `state` | Is a \\| b. |  |',
    '',
  ]);
});
