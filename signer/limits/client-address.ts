import type { Context } from 'hono';
import ipaddr from 'ipaddr.js';

type Address = ReturnType<typeof ipaddr.process>;

/** A range of addresses, and how many of its first bits are fixed. */
export type AddressRange = [Address, bits: number];

/** Returns the address of the connection's other end, as the platform knows it. */
export type Peer = (c: Context) => string | undefined;

/**
 * Makes a function that returns the client's address. `X-Forwarded-For` is read from its right end, through the addresses
 * of trusted proxies, up to the first other address. Anything to the left of that one is made up by the client.
 *
 * @param trusted addresses of proxies; default: none, so that the header is ignored
 */
export function clientAddress(peer: Peer, trusted: readonly AddressRange[] = []): (c: Context) => string | undefined {
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

/** The network that counts as one client: the /64 of an IPv6 address, since one subscriber can use all of its 2^64. */
export function networkOf(address: string): string {
  const parsed = parse(address);
  if (parsed?.kind() !== 'ipv6') return address;
  return `${new ipaddr.IPv6([...(parsed as ipaddr.IPv6).parts.slice(0, 4), 0, 0, 0, 0]).toString()}/64`;
}

/**
 * Reads an IP address, or a range such as `10.0.0.0/8`.
 *
 * @throws {TypeError} for any other text
 */
export function readRange(text: string): AddressRange {
  if (ipaddr.isValid(text)) {
    const address = ipaddr.process(text);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  }
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  throw new TypeError(`must be addresses or ranges such as 10.0.0.0/8, not "${text}"`);
}

/** Normalizes IPv4-mapped IPv6 addresses to IPv4. */
const parse = (text: string | undefined): Address | undefined =>
  text && ipaddr.isValid(text) ? ipaddr.process(text) : undefined;
