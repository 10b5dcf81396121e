import { expect, test } from 'vitest';
import { regionOfStsEndpoint } from '../../src/glue/sts-region.ts';

test.each([
  ['https://sts.eu-west-1.amazonaws.com', 'eu-west-1'],
  ['https://sts.us-gov-west-1.amazonaws.com:8443/', 'us-gov-west-1'],
  ['https://sts-fips.us-east-1.amazonaws.com', 'us-east-1'],
  ['https://sts.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
  ['https://sts.eusc-de-east-1.amazonaws.eu', 'eusc-de-east-1'],
  ['https://sts.us-iso-east-1.c2s.ic.gov', 'us-iso-east-1'],
  ['https://sts.eu-west-1.api.aws', 'eu-west-1'],
  ['https://vpce-0123456789abcdef0-ijklmnop.sts.eu-central-1.vpce.amazonaws.com', 'eu-central-1'],
  ['https://vpce-0123456789abcdef0-ijklmnop-eu-central-1a.sts.eu-central-1.vpce.amazonaws.com', 'eu-central-1'],
  ['https://sts.amazonaws.com', 'us-east-1'],
  ['https://sts.internal.example', undefined],
  ['http://127.0.0.1:4566', undefined],
])('the region of an STS endpoint is in its name: %s', (endpoint, region) => {
  expect(regionOfStsEndpoint(endpoint)).toBe(region);
});
