/** sts.eu-west-1.amazonaws.com, sts-fips.us-east-1.…, vpce-0123-abcd.sts.eu-west-1.vpce.amazonaws.com, sts.cn-north-1.amazonaws.com.cn */
const NAME = /(?:^|\.)sts(?:-fips)?\.([a-z]{2,4}(?:-[a-z]+)+-\d+)\./;

/**
 * The region that an STS endpoint of AWS belongs to, in which requests to it have to be signed; undefined for other names. The global
 * endpoint belongs to us-east-1.
 */
export const regionOfStsEndpoint = (url: string): string | undefined => {
  const { hostname } = new URL(url);
  return hostname === 'sts.amazonaws.com' ? 'us-east-1' : NAME.exec(hostname)?.[1];
};
