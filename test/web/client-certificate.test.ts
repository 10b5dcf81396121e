import { describe, expect, it } from 'vitest';
import { alternativeNames } from '../../src/web/client-certificate.ts';

describe('names of a certificate', () => {
  it.each([
    ['', []],
    ['DNS:a.internal', ['a.internal']],
    ['DNS:a, DNS:b, IP Address:10.0.0.1, email:a@b, URI:spiffe://a/b', ['a', 'b', '10.0.0.1', 'a@b', 'spiffe://a/b']],
    ['IP Address:0:0:0:0:0:0:0:1', ['0:0:0:0:0:0:0:1']],
    ['Registered ID:1.2.3.4, DNS:a', ['a']],
    ['othername:<unsupported>, DNS:a', ['a']],
    ['DirName:"CN=a, DNS:evil", DNS:a', ['a']],
    // What Node writes for one name that tries to look like two.
    ['DNS:"a, DNS:b"', ['a, DNS:b']],
    ['URI:"http://a/\\", DNS:\\"b"', ['http://a/", DNS:"b']],
    ['DNS:"\\u0000a"', ['\0a']],
    ['DNS:"\\x00", DNS:b', ['', 'b']],
  ])('%s', (text, names) => {
    expect(alternativeNames(text)).toEqual(names);
  });
});
