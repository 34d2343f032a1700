import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Hono } from 'hono';
import { clientAddress, networkOf, readRange } from '../../signer/limits/client-address.ts';

describe('clientAddress', () => {
  const rows: [name: string, peer: string, forwarded: string | undefined, trusted: string[], client: string][] = [
    ['returns the address of the connection', '203.0.113.9', undefined, [], '203.0.113.9'],
    ['ignores X-Forwarded-For if no proxy is trusted', '203.0.113.9', '1.2.3.4', [], '203.0.113.9'],
    [
      'ignores X-Forwarded-For of a client that is not a trusted proxy',
      '203.0.113.9',
      '1.2.3.4',
      ['10.0.0.0/8'],
      '203.0.113.9',
    ],
    ['returns the address that a trusted proxy forwards', '10.1.2.3', '198.51.100.7', ['10.0.0.0/8'], '198.51.100.7'],
    [
      'returns the rightmost address that is not a trusted proxy',
      '10.1.2.3',
      '1.2.3.4, 198.51.100.7',
      ['10.0.0.0/8'],
      '198.51.100.7',
    ],
    [
      'looks through two trusted proxies',
      '10.1.2.3',
      '1.2.3.4, 198.51.100.7, 10.9.9.9',
      ['10.0.0.0/8'],
      '198.51.100.7',
    ],
    ['returns the proxy’s address if it forwards none', '10.1.2.3', undefined, ['10.0.0.0/8'], '10.1.2.3'],
    ['returns the proxy’s address if it forwards garbage', '10.1.2.3', '<script>', ['10.0.0.0/8'], '10.1.2.3'],
    ['does not look past garbage', '10.1.2.3', '198.51.100.7, x, 10.9.9.9', ['10.0.0.0/8'], '10.9.9.9'],
    ['treats IPv4-mapped IPv6 as IPv4', '::ffff:10.1.2.3', '::ffff:198.51.100.7', ['10.1.2.3'], '198.51.100.7'],
    ['supports IPv6', '2001:db8::1', '2001:db8:ffff::7', ['2001:db8::/48'], '2001:db8:ffff::7'],
    ['reads an address with a port', '10.1.2.3', '203.0.113.7:51234', ['10.0.0.0/8'], '203.0.113.7'],
    ['reads an address in brackets', '10.1.2.3', '[2001:db8::7]', ['10.0.0.0/8'], '2001:db8::7'],
    ['reads an address in brackets with a port', '10.1.2.3', '[2001:db8::7]:443', ['10.0.0.0/8'], '2001:db8::7'],
    ['reads an address in quotes', '10.1.2.3', '"[2001:db8::7]:443"', ['10.0.0.0/8'], '2001:db8::7'],
    ['reads an address with blanks', '10.1.2.3', ' 198.51.100.7 \t', ['10.0.0.0/8'], '198.51.100.7'],
    ['reads a trusted proxy with a port', '10.1.2.3', '198.51.100.7:1, 10.9.9.9:2', ['10.0.0.0/8'], '198.51.100.7'],
    ['reads an address with a zone', 'fe80::1%eth0', '198.51.100.7', ['fe80::/10'], '198.51.100.7'],
    ['does not take a number for an address', '10.1.2.3', '1', ['10.0.0.0/8'], '10.1.2.3'],
    ['does not read octal numbers', '10.1.2.3', '010.0.0.1', ['10.0.0.0/8'], '10.1.2.3'],
    ['trusts a range of IPv4-mapped addresses', '10.1.2.3', '198.51.100.7', ['::ffff:10.0.0.0/104'], '198.51.100.7'],
  ];
  for (const [name, peer, forwarded, trusted, client] of rows) {
    it(name, async () => {
      const read = clientAddress(() => peer, trusted.map(readRange));
      const app = new Hono().get('/', (c) => c.text(read(c) ?? ''));
      const response = await app.request('/', {
        headers: forwarded === undefined ? {} : { 'X-Forwarded-For': forwarded },
      });
      assert.equal(await response.text(), client);
    });
  }

  it('counts the /64 of an IPv6 address as one client', () => {
    assert.equal(networkOf('2001:db8:1:2:3:4:5:6'), networkOf('2001:db8:1:2:ffff::1'));
    assert.notEqual(networkOf('2001:db8:1:2::1'), networkOf('2001:db8:1:3::1'));
    assert.equal(networkOf('198.51.100.7'), '198.51.100.7');
  });

  it('refuses a range that is invalid', () => {
    assert.throws(() => readRange('10.0.0.0/33'), /ranges such as 10.0.0.0\/8, not "10.0.0.0\/33"/);
    for (const wide of ['0.0.0.0/0', '::/0', '::ffff:0:0/96', '128.0.0.0/1', '10.0.0.0/7', '2000::/3']) {
      assert.throws(() => readRange(wide), /must not be as wide a range/, wide);
    }
    for (const widest of ['10.0.0.0/8', 'fc00::/7']) readRange(widest);
    for (const range of ['*', '10', '10/8', '0x0a.0.0.1', '::/129', '10.0.0.0/8/8', '']) {
      assert.throws(() => readRange(range), TypeError, range);
    }
  });
});
