import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isProxyableAddress } from './proxyable-address.ts';

const cases = {
  proxied: ['10.244.0.7', '192.168.1.1', '8.8.8.8', 'fd00::7', '2001:db8::1', '::ffff:10.0.0.1'],
  refused: [
    '',
    'localhost',
    '127.0.0.1',
    '127.9.9.9',
    '0.0.0.0',
    '169.254.169.254',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    'fe80::1',
    'fe80::1%eth0',
    'ff02::1',
    '0x7f.1',
    '127.1',
  ],
};

describe('addresses that requests are passed on to', () => {
  for (const address of cases.proxied) it(`include ${address}`, () => assert.equal(isProxyableAddress(address), true));
  for (const address of cases.refused) it(`leave out ${JSON.stringify(address)}`, () => assert.equal(isProxyableAddress(address), false));
});
