import { describe, expect, test } from 'vitest';
import { jobInConsole, workflowInConsole } from '../../src/glue/console.ts';

describe('the AWS console', () => {
  test('shows the runs of a job, and one run', () => {
    expect(jobInConsole('eu-west-1', 'etl')).toBe(
      'https://eu-west-1.console.aws.amazon.com/gluestudio/home?region=eu-west-1#/editor/job/etl/runs',
    );
    expect(jobInConsole('eu-west-1', 'etl', 'jr_1')).toBe(
      'https://eu-west-1.console.aws.amazon.com/gluestudio/home?region=eu-west-1#/job/etl/run/jr_1',
    );
  });

  test('shows a workflow, whichever run is asked for', () => {
    const url =
      'https://eu-west-1.console.aws.amazon.com/glue/home?region=eu-west-1#/v2/etl-configuration/workflows/view/daily';
    expect(workflowInConsole('eu-west-1', 'daily')).toBe(url);
    expect(workflowInConsole('eu-west-1', 'daily', 'wr_1')).toBe(url);
  });

  test.each([
    ['cn-north-1', 'cn-north-1.console.amazonaws.cn'],
    ['us-gov-west-1', 'us-gov-west-1.console.amazonaws-us-gov.com'],
    ['eusc-de-east-1', 'eusc-de-east-1.console.amazonaws-eusc.eu'],
    ['us-east-1', 'us-east-1.console.aws.amazon.com'],
  ])('of %s is at %s', (region, host) => {
    expect(new URL(jobInConsole(region, 'etl')).host).toBe(host);
  });

  test('is asked for a name as it is, whatever it holds', () => {
    const url = jobInConsole('eu-west-1', 'a/b c#?"<é>', 'jr 1');
    expect(url).toMatch(/#\/job\/a%2Fb%20c%23%3F%22%3C%C3%A9%3E\/run\/jr%201$/);
    expect(jobInConsole('eu-west-1', 'half \ud83d')).toMatch(/half%20%EF%BF%BD/);
  });
});
