import type { Context } from 'hono';
import ipaddr from 'ipaddr.js';

type Address = ReturnType<typeof ipaddr.process>;

/** A range of addresses, and how many of its first bits are fixed. */
export type AddressRange = [Address, bits: number];

/** Returns the address of the connection's other end, as the platform knows it. */
export type Peer = (c: Context) => string | undefined;

/** Maximum hops that are read, from the right: more than any chain of proxies has. A client can send thousands. */
const MAX_HOPS = 32;

/**
 * Makes a function that returns the client's address. `X-Forwarded-For` is read from its right end, through the addresses
 * of trusted proxies, up to the first other address. Anything to the left of that one is made up by the client.
 *
 * @param trusted addresses of proxies; default: none, so that the header is ignored
 * @param onIgnored called with the connection's address if it is not trusted and sends an `X-Forwarded-For` that names
 *   another address: a proxy that is missing from `trusted`, whose clients all count as one, or a client that makes it up
 */
export function clientAddress(
  peer: Peer,
  trusted: readonly AddressRange[] = [],
  onIgnored?: (peer: string) => void,
): (c: Context) => string | undefined {
  const isTrusted = (address: Address): boolean =>
    trusted.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits));
  return (c) => {
    const connection = parse(peer(c));
    if (!connection) return undefined;
    const hops = (c.req.header('X-Forwarded-For') ?? '').split(',').slice(-MAX_HOPS);
    if (!isTrusted(connection)) {
      const own = connection.toString();
      // AWS Lambda repeats the connection's address there.
      if (hops.some((hop) => hop.trim() && parse(hop)?.toString() !== own)) onIgnored?.(own);
      return own;
    }
    let address = connection;
    while (isTrusted(address)) {
      const hop = parse(hops.pop());
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

/** Fixed bits of the widest private networks: `10.0.0.0/8` and `fc00::/7`. */
const MIN_FIXED_BITS = { ipv4: 8, ipv6: 7 };

/**
 * Reads an IP address, or a range such as `10.0.0.0/8`.
 *
 * @throws {TypeError} for any other text, and for a range that is wider than any private network
 */
export function readRange(text: string): AddressRange {
  const [, base = '', bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = isPlain(base) ? ipaddr.parse(base) : undefined;
  const maxBits = address?.kind() === 'ipv4' ? 32 : 128;
  const fixed = bits === undefined ? maxBits : Number(bits);
  if (!address || fixed > maxBits) {
    throw new TypeError(`must be addresses or ranges such as 10.0.0.0/8, not "${text}"`);
  }
  // Connections from IPv4-mapped addresses are compared as IPv4.
  const isMapped = address.kind() === 'ipv6' && (address as ipaddr.IPv6).isIPv4MappedAddress() && fixed >= 96;
  const range: AddressRange = isMapped ? [ipaddr.process(base), fixed - 96] : [address, fixed];
  if (range[1] < MIN_FIXED_BITS[range[0].kind()]) {
    throw new TypeError(`must not be as wide a range as "${text}": clients in it could make up their own addresses`);
  }
  return range;
}

/**
 * Reads an address as connections and proxies write it: with blanks or quotes around it, with a port
 * (`203.0.113.7:51234`, as Azure's gateway sends), in brackets (`[2001:db8::1]:443`), or with a zone. IPv4-mapped IPv6
 * addresses become IPv4.
 */
function parse(text: string | undefined): Address | undefined {
  const bare = text?.trim().replace(/^"(.*)"$/, '$1') ?? '';
  const [, bracketed] = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(bare) ?? [];
  const [, ipv4] = /^([\d.]+):\d{1,5}$/.exec(bare) ?? [];
  const address = (bracketed ?? ipv4 ?? bare).replace(/%[\w.-]{1,32}$/, '');
  return isPlain(address) ? ipaddr.process(address) : undefined;
}

/** Whether this is an address in its usual form. The library also accepts `1`, `0x7f.1` and `010.0.0.1`. */
const isPlain = (text: string): boolean =>
  text.includes(':') ? ipaddr.IPv6.isValid(text) && !text.includes('%') : ipaddr.IPv4.isValidFourPartDecimal(text);
