import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatListenAddress, parseListenAddress } from '../../src/web/listen-address.ts';

describe('an address to listen on', () => {
  it.each([
    [':14583', undefined, 14_583],
    [':0', undefined, 0],
    [':65535', undefined, 65_535],
    ['0.0.0.0:9100', '0.0.0.0', 9100],
    ['127.0.0.1:80', '127.0.0.1', 80],
    ['localhost:9100', 'localhost', 9100],
    ['glue-exporter.internal:9100', 'glue-exporter.internal', 9100],
    ['[::]:9100', '::', 9100],
    ['[::1]:9100', '::1', 9100],
    ['[2001:db8::5]:9100', '2001:db8::5', 9100],
    ['[::ffff:127.0.0.1]:9100', '::ffff:127.0.0.1', 9100],
    ['[fe80::1%eth0]:9100', 'fe80::1%eth0', 9100],
  ])('%s', (text, host, port) => {
    expect(parseListenAddress(text)).toEqual({ host, port });
  });

  it.each([
    '',
    ':',
    '9100',
    'localhost',
    'localhost:',
    ':65536',
    ':123456',
    ':-1',
    ':9100 ',
    ' :9100',
    ':http',
    ':0x10',
    '::1:9100',
    '::9100',
    '[::1]',
    '[]:9100',
    '[localhost]:9100',
    '[127.0.0.1]:9100',
    '[::1:9100',
    '::1]:9100',
    'a:b:9100',
    'http://localhost:9100',
    'host/path:9100',
    ':9100\n:9101',
  ])('is not %j', text => {
    expect(parseListenAddress(text)).toBeUndefined();
  });

  it('is printed as it is typed', () => {
    const host = fc.oneof(fc.constant(undefined), fc.ipV4(), fc.ipV6(), fc.domain());
    fc.assert(
      fc.property(host, fc.integer({ min: 0, max: 65_535 }), (name, port) => {
        const address = { host: name, port };
        expect(parseListenAddress(formatListenAddress(address))).toEqual(address);
      }),
    );
  });
});
