import { expect, test } from 'vitest';
import { workflowHistories } from '../../../src/collectors/workflows/workflows.ts';

test('a workflow links to its page, with or without a run', () => {
  const url =
    'https://eu-west-1.console.aws.amazon.com/glue/home?region=eu-west-1#/v2/etl-configuration/workflows/view/daily';
  expect(workflowHistories.consoleLink('eu-west-1', 'daily')).toBe(url);
  expect(workflowHistories.consoleLink('eu-west-1', 'daily', 'wr_1')).toBe(url);
});

test('names are encoded', () => {
  expect(workflowHistories.consoleLink('eu-west-1', 'a/b')).toMatch(/view\/a%2Fb$/);
});
