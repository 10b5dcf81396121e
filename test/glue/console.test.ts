import { expect, test } from 'vitest';
import { consoleUrl, encoded } from '../../src/glue/console.ts';

test.each([
  ['cn-north-1', 'cn-north-1.console.amazonaws.cn'],
  ['us-gov-west-1', 'us-gov-west-1.console.amazonaws-us-gov.com'],
  ['eusc-de-east-1', 'eusc-de-east-1.console.amazonaws-eusc.eu'],
  ['us-east-1', 'us-east-1.console.aws.amazon.com'],
])('the AWS console of %s is at %s', (region, host) => {
  expect(consoleUrl(region, 'glue', '/x')).toBe(`https://${host}/glue/home?region=${region}#/x`);
});

test('any name can be part of a path', () => {
  expect(encoded('a/b c#?"<é>')).toBe('a%2Fb%20c%23%3F%22%3C%C3%A9%3E');
  expect(encoded('half \ud83d')).toBe('half%20%EF%BF%BD');
});
