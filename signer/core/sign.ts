import type { Hono } from 'hono';
import type { RefusedFile, SignAnswer, SignedFile } from '../../widget/core/protocol.ts';
import type { Gate } from './admission.ts';
import type { Signer } from './options.ts';
import { METADATA_BYTES, metadataBytes, plan, type Plan } from './policy.ts';
import { bad } from './problem.ts';
import { limitBody, readJson } from './read-json.ts';
import { SignInput } from './schemas.ts';
import type { Storage } from './storage.ts';
import { now, sealTicket, summary, type Ticket } from './ticket.ts';

/** 100 files with names of 255 bytes, paths of 1 KiB and metadata of 2 KiB are some 350 KB. */
const BYTES = 384 * 1024;

type Granted = Exclude<SignedFile, RefusedFile>;

export type Granter = (ticket: Ticket) => Promise<Granted>;

/** Signs what a ticket stands for. */
export function granter({ secrets, allowDelete, confirms, expires }: Signer, storage: Storage): Granter {
  return async function grant(ticket) {
    const { id = '', key, checksum } = ticket;
    const common = {
      ...{ id, key, expires, ticket: sealTicket(ticket, secrets) },
      ...(checksum && { checksum }),
      ...(allowDelete && { deletable: true }),
    };
    if (ticket.method === 'MULTIPART') {
      return { ...common, method: 'MULTIPART', partSize: ticket.partSize!, expires: ticket.expires - now() };
    }
    const asked = { ...common, ...(confirms && { confirm: true }) };
    return ticket.method === 'POST'
      ? { ...asked, method: 'POST', ...(await storage.signPost(ticket)) }
      : { ...asked, method: 'PUT', ...(await storage.signPut(ticket)) };
  };
}

/** `POST /`: up to 100 files; one that is refused does not refuse the others. */
export function signRoute(app: Hono, signer: Signer, storage: Storage, { admit, within }: Gate, grant: Granter): void {
  /** What is wrong with what a client says of its files; undefined when nothing is. */
  const metadataFault = (metadata: Record<string, string>): string | undefined => {
    const unknown = Object.keys(metadata).find((name) => !signer.metadata.includes(name));
    if (unknown) return `metadata.${unknown}: this signer takes ${signer.metadata.join(', ') || 'none'}.`;
    return metadataBytes(metadata) > METADATA_BYTES ? `metadata: at most ${METADATA_BYTES} bytes.` : undefined;
  };

  const open = async (each: Plan, owner: string): Promise<Ticket> => {
    const ticket: Ticket = { ...each, owner, expires: now() + signer.ticketExpires };
    if (ticket.method !== 'MULTIPART') return ticket;
    // What is stored with the object is told to the storage here, and to nobody again.
    return { ...ticket, uploadId: await storage.createMultipart(ticket), headers: {} };
  };

  /** All, or none: a client signs a batch that failed anew, and then nobody would ever send the parts of these. */
  const grantAll = async (plans: readonly Plan[], owner: string): Promise<Granted[]> => {
    const opened: Ticket[] = [];
    const results = await Promise.allSettled(
      plans.map(async (each) => {
        const ticket = await open(each, owner);
        if (ticket.uploadId) opened.push(ticket);
        return grant(ticket);
      }),
    );
    const failed = results.find((result) => result.status === 'rejected');
    if (!failed) return results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
    await Promise.allSettled(opened.map((ticket) => storage.abortMultipart(ticket)));
    throw failed.reason;
  };

  app.post('/', limitBody(BYTES), async (c) => {
    const { files, metadata = {}, method } = await readJson(c, SignInput);
    const fault = metadataFault(metadata);
    if (fault) throw bad('metadata', fault);
    if (method === 'PUT' && signer.method === 'post') throw bad('method', 'method: this signer signs POST only.');

    const visitor = await admit(c, files);
    const rules = {
      ...visitor.limits,
      multipartFrom: signer.multipartFrom,
      partSize: signer.partSize,
      method: method === 'PUT' || signer.method === 'put' ? ('PUT' as const) : ('POST' as const),
      checksum: signer.checksum,
      folder: visitor.folder,
    };
    const plans = files.map((file) => {
      const all = { ...metadata, ...file.metadata };
      const message = file.metadata && metadataFault(all);
      return message ? { id: file.id, error: { code: 'metadata', message } } : plan(file, all, rules);
    });
    const wanted = plans.filter((each): each is Plan => !('error' in each));
    const demand = {
      files: wanted.length,
      bytes: wanted.reduce((sum, { size }) => sum + size, 0),
      multiparts: wanted.filter((each) => each.method === 'MULTIPART').map(({ key }) => key),
    };
    const { owner } = visitor;
    const granted = await within(c, visitor, demand, () => grantAll(wanted, owner));

    const byId = new Map<string, Granted>(granted.map((file) => [file.id, file]));
    const answers = plans.map((each): SignedFile => {
      if ('error' in each) {
        signer.onEvent({ action: 'sign', owner, code: each.error.code }, c);
        return each;
      }
      const file = byId.get(each.id!)!;
      signer.onEvent({ action: 'sign', owner, ...summary(each), expires: file.expires }, c);
      return file;
    });
    return c.json<SignAnswer>({ files: answers });
  });
}
