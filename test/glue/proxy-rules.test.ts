import { describe, expect, it } from 'vitest';
import { EnvironmentError, type Variables } from '../../src/glue/environment.ts';
import { proxyRules, shownProxy } from '../../src/glue/proxy.ts';

const proxyOf = (variables: Variables, url: string): string | undefined => {
  const { protocol, hostname, port } = new URL(url);
  const secure = protocol === 'https:';
  const proxy = proxyRules(variables).proxyFor(secure, hostname, Number(port) || (secure ? 443 : 80));
  return proxy === undefined ? undefined : shownProxy(proxy);
};

const GLUE = 'https://glue.eu-west-1.amazonaws.com';
const EMULATOR = 'http://emulator.example:4566';

describe('the proxy of a request', () => {
  it.each<[string, Variables, url: string, proxy: string | undefined]>([
    ['none', {}, GLUE, undefined],
    ['HTTPS_PROXY for https', { HTTPS_PROXY: 'http://proxy:3128' }, GLUE, 'http://proxy:3128'],
    ['HTTPS_PROXY not for http', { HTTPS_PROXY: 'http://proxy:3128' }, EMULATOR, undefined],
    ['HTTP_PROXY for http', { HTTP_PROXY: 'http://proxy:3128' }, EMULATOR, 'http://proxy:3128'],
    ['HTTP_PROXY not for https', { HTTP_PROXY: 'http://proxy:3128' }, GLUE, undefined],
    [
      'lower case, which goes first',
      { https_proxy: 'http://lower:1', HTTPS_PROXY: 'http://upper:2' },
      GLUE,
      'http://lower:1',
    ],
    [
      'upper case where lower case is empty',
      { https_proxy: '', HTTPS_PROXY: 'http://upper:2' },
      GLUE,
      'http://upper:2',
    ],
    ['one without a scheme', { HTTPS_PROXY: 'proxy:3128' }, GLUE, 'http://proxy:3128'],
    ['one with TLS', { HTTPS_PROXY: 'https://proxy' }, GLUE, 'https://proxy'],
    ['one without its user', { HTTPS_PROXY: 'http://user:secret@proxy:3128/' }, GLUE, 'http://proxy:3128'],
  ])('is %s', (_what, variables, url, proxy) => {
    expect(proxyOf(variables, url)).toBe(proxy);
  });

  it.each<[noProxy: string, url: string, isException: boolean]>([
    ['glue.eu-west-1.amazonaws.com', GLUE, true],
    ['GLUE.EU-WEST-1.AMAZONAWS.COM.', GLUE, true],
    ['amazonaws.com', GLUE, true],
    ['.amazonaws.com', GLUE, true],
    ['*.amazonaws.com', GLUE, true],
    ['.svc, localhost,.eu-west-1.amazonaws.com', GLUE, true],
    ['localhost .eu-west-1.amazonaws.com', GLUE, true],
    ['*', GLUE, true],
    ['zonaws.com', GLUE, false],
    ['glue.eu-west-1.amazonaws.com.example', GLUE, false],
    ['amazonaws.com:443', GLUE, true],
    ['amazonaws.com:8443', GLUE, false],
    [',', GLUE, false],
    ['10.0.0.0/8', 'https://10.1.2.3', true],
    ['10.0.0.0/8', 'https://11.1.2.3', false],
    ['10.0.0.0/8', GLUE, false],
    ['10.0.0.0/99', 'https://10.1.2.3', false],
    ['10.1.2.3', 'https://10.1.2.3:8443', true],
    ['10.1.2.3:443', 'https://10.1.2.3:8443', false],
    ['fd00::/8', 'https://[fd00::1]', true],
    ['::1', 'https://[::1]:8443', true],
    ['[::1]:8443', 'https://[::1]:8443', true],
    ['[::1]:443', 'https://[::1]:8443', false],
  ])('is none where NO_PROXY has the host: %s, %s', (noProxy, url, isException) => {
    for (const variable of ['NO_PROXY', 'no_proxy']) {
      const proxy = proxyOf({ HTTPS_PROXY: 'http://proxy:3128', [variable]: noProxy }, url);
      expect(proxy).toBe(isException ? undefined : 'http://proxy:3128');
    }
  });

  it.each([
    ['http://user:hidden@pro xy', /^HTTPS_PROXY is not the URL of a proxy; write it like http:\/\/HOST:PORT/],
    ['socks5://user:hidden@proxy:1080', /^HTTPS_PROXY is a proxy of the kind socks5, which is not supported/],
    ['http://user:100%hidden@proxy', /^HTTPS_PROXY has a % in its user or password .* write %25/],
  ])('that cannot be used is an error without the password: %s', (text, message) => {
    const failure = (() => {
      try {
        return proxyRules({ HTTPS_PROXY: text });
      } catch (error) {
        return error;
      }
    })();
    expect(failure).toBeInstanceOf(EnvironmentError);
    expect(`${failure instanceof Error ? failure.message : ''}`).toMatch(message);
    expect(`${failure}`).not.toContain('hidden');
  });

  it('is shown without its user and password', () => {
    const variables = { HTTPS_PROXY: 'http://user:hidden@proxy:3128', http_proxy: 'other', NO_PROXY: '.svc' };
    expect(proxyRules(variables).shown).toEqual({
      https_proxy: 'http://proxy:3128',
      http_proxy: 'http://other',
      no_proxy: '.svc',
    });
    expect(proxyRules({ NO_PROXY: '.svc' }).shown).toEqual({});
  });
});
