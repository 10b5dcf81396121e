import { expect, it } from 'vitest';
import { describeFailure } from '../../src/commands/failure.ts';
import { UsageError } from '../../src/commands/flags.ts';
import { ConfigError } from '../../src/config/load.ts';
import { EnvironmentError } from '../../src/glue/environment.ts';

const mistake = { line: 3, key: 'poll', message: 'is too short' };

it.each([
  ['a command line', new UsageError('no'), ['aws-glue-exporter: no', 'See aws-glue-exporter --help.'], true],
  ['a configuration', new ConfigError('a.yaml', [mistake]), [expect.stringMatching(/^a\.yaml:3: /)], true],
  ['the environment', new EnvironmentError('bad proxy'), ['aws-glue-exporter: bad proxy'], true],
  ['anything else', new Error('broken'), ['aws-glue-exporter: broken'], false],
  ['what is no error', 'broken', ['aws-glue-exporter: broken'], false],
])('describes the failure of %s', (_, error, texts, isUserMistake) => {
  expect(describeFailure(error)).toEqual({ texts, isUserMistake });
});
