import type { Context } from 'hono';
import ipaddr from 'ipaddr.js';

type Address = ReturnType<typeof ipaddr.process>;
type Range = [Address, bits: number];

/** The address at the other end of the connection, as the platform knows it. */
export type Peer = (c: Context) => string | undefined;

/**
 * The client's own address. `X-Forwarded-For` counts only as far as trusted proxies have written it: read from its right,
 * up to the first address that is none of theirs. What stands to the left of that is the client's invention.
 */
export function clientAddress(peer: Peer, trusted: readonly Range[] = []): (c: Context) => string | undefined {
  const isTrusted = (address: Address): boolean =>
    trusted.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits));
  return (c) => {
    let address = parse(peer(c));
    if (!address) return undefined;
    const hops = (c.req.header('X-Forwarded-For') ?? '').split(',');
    while (isTrusted(address)) {
      const hop = parse(hops.pop()?.trim());
      if (!hop) break;
      address = hop;
    }
    return address.toString();
  };
}

/** What is counted as one client: an IPv6 line has 2^64 addresses, and whoever has one has all of them. */
export function networkOf(address: string): string {
  const parsed = parse(address);
  if (parsed?.kind() !== 'ipv6') return address;
  return `${new ipaddr.IPv6([...(parsed as ipaddr.IPv6).parts.slice(0, 4), 0, 0, 0, 0]).toString()}/64`;
}

/** @throws {TypeError} for what is neither an address nor a range of them */
export function readRange(text: string): Range {
  if (ipaddr.isValid(text)) {
    const address = ipaddr.process(text);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  }
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  throw new TypeError(`must be addresses or ranges such as 10.0.0.0/8, not "${text}"`);
}

/** IPv4 addresses are told alike, whether or not they came in IPv6's clothes. */
const parse = (text: string | undefined): Address | undefined =>
  text && ipaddr.isValid(text) ? ipaddr.process(text) : undefined;
