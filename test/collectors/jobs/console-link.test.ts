import { expect, test } from 'vitest';
import { jobHistories } from '../../../src/collectors/jobs/jobs.ts';

test('a job links to its runs, and a run to its details', () => {
  expect(jobHistories.consoleLink('eu-west-1', 'etl')).toBe(
    'https://eu-west-1.console.aws.amazon.com/gluestudio/home?region=eu-west-1#/editor/job/etl/runs',
  );
  expect(jobHistories.consoleLink('eu-west-1', 'etl', 'jr_1')).toBe(
    'https://eu-west-1.console.aws.amazon.com/gluestudio/home?region=eu-west-1#/job/etl/run/jr_1',
  );
});

test('names and ids are encoded', () => {
  expect(jobHistories.consoleLink('eu-west-1', 'a/b c#?"<é>', 'jr 1')).toMatch(
    /#\/job\/a%2Fb%20c%23%3F%22%3C%C3%A9%3E\/run\/jr%201$/,
  );
});
