import { z } from 'zod';
import { mergeLimits, normalPrefix, ownerSegment, type Limits } from './policy.ts';
import { faultOf } from './read-json.ts';

/** Who asks, and what is his. */
export interface Principal {
  /** His lasting id: tickets are bound to it, and it names his folder. Empty for visitors without one. */
  owner: string;
  /** His folder beneath the signer's prefix; default: made of the owner. */
  prefix?: string;
  /** What differs for him. */
  limits?: Partial<Limits>;
}

/** Who was let in, with all that follows from it. */
export interface Visitor {
  owner: string;
  /** Of all keys that are theirs, with its slash. */
  folder: string;
  limits: Limits;
}

/** Characters of a key at most: S3 takes 1,024 bytes, of which a form leaves 255 to the file's own name. */
const KEY = 512;
/** Of the key's own name: a UUID, a dot and an extension. */
const NAME = 36 + 1 + 10;

const size = z.number().min(0);

/** What `authorize` may answer, and nothing else: a limit under a wrong name is no limit. */
export const PrincipalShape = z.strictObject({
  owner: z.string().max(256),
  prefix: z
    .string()
    .refine((prefix) => isPrefix(prefix), 'must be segments of letters, digits, "_", "." and "-"')
    .optional(),
  limits: z
    .strictObject({ types: z.array(z.string()).min(1), maxFileSize: size, minFileSize: size })
    .partial()
    .optional(),
});

/** @throws {TypeError} when the host's `authorize` answered what nobody can be held to */
export function visitorOf(answer: Principal, signer: { prefix: string; limits: Limits }): Visitor {
  const result = PrincipalShape.safeParse(answer);
  if (!result.success) throw new TypeError(`authorize answered no Principal: ${faultOf(result.error)}`);
  const { owner, prefix, limits } = result.data;
  const own = prefix === undefined ? owner && `${ownerSegment(owner)}/` : normalPrefix(prefix);
  const folder = signer.prefix + own;
  if (folder.length + NAME > KEY) {
    throw new TypeError(`authorize answered an owner or a prefix whose keys would be longer than ${KEY} characters`);
  }
  return { owner, folder, limits: mergeLimits(signer.limits, limits) };
}

function isPrefix(prefix: string): boolean {
  try {
    normalPrefix(prefix);
    return true;
  } catch {
    return false;
  }
}
