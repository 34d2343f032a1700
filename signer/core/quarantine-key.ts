import { normalizePrefix } from './key-prefix.ts';
import type { Ticket } from './tickets.ts';

/** Where files wait for their verdict, with a slash at its end. */
interface QuarantineFolder {
  prefix: string;
}

/**
 * Checks the folder of a quarantine.
 *
 * @param prefix the signer's folder
 * @throws {TypeError} if one folder is within the other: then files that wait could not be told from those that were accepted
 */
export function readQuarantinePrefix(text: string, prefix: string): string {
  const quarantine = normalizePrefix(text);
  if (quarantine.startsWith(prefix) || prefix.startsWith(quarantine)) {
    throw new TypeError(`must be a folder outside of prefix, "${prefix}", such as quarantine/, not "${text}"`);
  }
  return quarantine;
}

/** The key that a file is uploaded to, from its final key: with a quarantine, in its folder. */
export const uploadKey = (key: string, quarantine: QuarantineFolder | undefined): string =>
  (quarantine?.prefix ?? '') + key;

/** Whether an upload to this key skips the quarantine: its ticket is older than the quarantine. */
export const skipsQuarantine = (key: string, quarantine: QuarantineFolder | undefined): boolean =>
  quarantine !== undefined && !key.startsWith(quarantine.prefix);

/** The key of the accepted file, from that of its upload. */
export const finalKey = (key: string, quarantine: QuarantineFolder | undefined): string =>
  quarantine && key.startsWith(quarantine.prefix) ? key.slice(quarantine.prefix.length) : key;

/** The subfolder of the copies that are checked. A prefix cannot contain `=`, so no signature is for a key in it. */
const CHECKED_FOLDER = '=/';

/**
 * The key of the object that is checked and then moved. After a POST or PUT, it is a copy: the visitor can send the signed
 * request again during the check, but no signature allows writing to the copy. A completed multipart upload cannot change, so
 * it is checked itself.
 */
export const checkedKey = ({ key, method }: Pick<Ticket, 'key' | 'method'>, { prefix }: QuarantineFolder): string =>
  method === 'MULTIPART' ? key : prefix + CHECKED_FOLDER + key.slice(prefix.length);

/** All keys that a file may have: that of its upload, and with a quarantine those of the checked copy and the accepted file. */
export function keysOfFile(
  ticket: Pick<Ticket, 'key'> & Partial<Pick<Ticket, 'method'>>,
  quarantine: QuarantineFolder | undefined,
): string[] {
  const { key, method = 'MULTIPART' } = ticket;
  if (!quarantine || !key.startsWith(quarantine.prefix)) return [key];
  return [...new Set([key, checkedKey({ key, method }, quarantine), finalKey(key, quarantine)])];
}
