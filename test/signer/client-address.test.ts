import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Hono } from 'hono';
import { clientAddress, networkOf, readRange } from '../../signer/limits/client-address.ts';

describe('the client’s address', () => {
  const rows: [name: string, peer: string, forwarded: string | undefined, trusted: string[], client: string][] = [
    ['is the peer’s', '203.0.113.9', undefined, [], '203.0.113.9'],
    ['is not what a stranger forwards', '203.0.113.9', '1.2.3.4', [], '203.0.113.9'],
    [
      'is not what a stranger forwards, where others are trusted',
      '203.0.113.9',
      '1.2.3.4',
      ['10.0.0.0/8'],
      '203.0.113.9',
    ],
    ['is what a trusted proxy forwards', '10.1.2.3', '198.51.100.7', ['10.0.0.0/8'], '198.51.100.7'],
    [
      'is the right-most that no proxy of ours has',
      '10.1.2.3',
      '1.2.3.4, 198.51.100.7',
      ['10.0.0.0/8'],
      '198.51.100.7',
    ],
    ['is found behind two proxies', '10.1.2.3', '1.2.3.4, 198.51.100.7, 10.9.9.9', ['10.0.0.0/8'], '198.51.100.7'],
    ['is the proxy’s when it forwards nothing', '10.1.2.3', undefined, ['10.0.0.0/8'], '10.1.2.3'],
    ['is the proxy’s when it forwards garbage', '10.1.2.3', '<script>', ['10.0.0.0/8'], '10.1.2.3'],
    ['does not reach past garbage', '10.1.2.3', '198.51.100.7, x, 10.9.9.9', ['10.0.0.0/8'], '10.9.9.9'],
    ['is one whether IPv4 or IPv4 in IPv6', '::ffff:10.1.2.3', '::ffff:198.51.100.7', ['10.1.2.3'], '198.51.100.7'],
    ['is IPv6 too', '2001:db8::1', '2001:db8:ffff::7', ['2001:db8::/48'], '2001:db8:ffff::7'],
  ];
  for (const [name, peer, forwarded, trusted, client] of rows) {
    it(name, async () => {
      const read = clientAddress(() => peer, trusted.map(readRange));
      const app = new Hono().get('/', (c) => c.text(read(c) ?? ''));
      const answer = await app.request('/', {
        headers: forwarded === undefined ? {} : { 'X-Forwarded-For': forwarded },
      });
      assert.equal(await answer.text(), client);
    });
  }

  it('counts an IPv6 line as one', () => {
    assert.equal(networkOf('2001:db8:1:2:3:4:5:6'), networkOf('2001:db8:1:2:ffff::1'));
    assert.notEqual(networkOf('2001:db8:1:2::1'), networkOf('2001:db8:1:3::1'));
    assert.equal(networkOf('198.51.100.7'), '198.51.100.7');
  });

  it('is not read from a range that is none', () => {
    assert.throws(() => readRange('10.0.0.0/33'), /ranges such as 10.0.0.0\/8, not "10.0.0.0\/33"/);
    assert.throws(() => readRange('*'), TypeError);
  });
});
