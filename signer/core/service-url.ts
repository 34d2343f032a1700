import ipaddr from 'ipaddr.js';
import { readHttpUrl } from './http-url.ts';

/** Names that only resolve within one machine, a private network, Docker Compose or a Kubernetes cluster. */
const INTERNAL_SUFFIXES = ['.internal', '.local', '.localhost', '.svc', '.cluster.local'];

/** Ranges of addresses that are not reached over the internet, as `ipaddr.js` names them. */
const INTERNAL_RANGES = ['loopback', 'private', 'uniqueLocal'];

/**
 * Checks the URL of a service that decides who may upload, or that the signer sends secrets or signed messages to.
 *
 * @returns the text, unchanged
 * @throws {TypeError} as `readHttpUrl`, and for an http URL of a host on the internet. The message never repeats the text.
 */
export function readServiceUrl(text: string): string {
  const { protocol, hostname } = new URL(readHttpUrl(text));
  if (protocol === 'https:' || isInternal(hostname.replace(/\.$/, ''))) return text;
  throw new TypeError(
    'must be an https URL, because anyone on the way can read and change what is sent over http; http is accepted only for ' +
      'a loopback or private address, a name without a dot, and names that end in ' +
      INTERNAL_SUFFIXES.join(', '),
  );
}

function isInternal(hostname: string): boolean {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  if (ipaddr.isValid(address)) return INTERNAL_RANGES.includes(ipaddr.process(address).range());
  return !hostname.includes('.') || INTERNAL_SUFFIXES.some((suffix) => hostname.endsWith(suffix));
}
