import { Hono, type Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { z } from 'zod';
import type { FileRequest, PartsAnswer, PartsListAnswer, SignAnswer, SignedFile } from '../widget/core/protocol.ts';
import { confirmer } from './confirm.ts';
import { formRoutes } from './form.ts';
import { guard } from './guard.ts';
import { compareParts, sizeOfPart } from './multipart.ts';
import { type Demand, type Principal, readOptions, type SignerOptions } from './options.ts';
import {
  checksumHeaders,
  METADATA_BYTES,
  metadataBytes,
  normalPrefix,
  ownerSegment,
  plan,
  type Plan,
} from './policy.ts';
import { ProblemError, toResponse } from './problem.ts';
import { limitBody, readJson } from './read-json.ts';
import { PartsInput, SignAgainInput, SignInput, TicketInput } from './schemas.ts';
import { isStorageError, openStorage, statusOf } from './storage.ts';
import { now, openTicket, sealTicket, type Ticket } from './ticket.ts';

/** 100 files with names of 255 bytes, paths of 1 KiB and metadata of 2 KiB are some 350 KB; all other calls are small. */
const SIGN_BYTES = 384 * 1024;
const CALL_BYTES = 16 * 1024;

/**
 * The signing contract as a Hono app, to be mounted wherever it suits:
 *
 * @example
 * ```ts
 * app.route('/sign', createSigner({ client, bucket, secret, origins: ['https://www.example.com'], authorize }));
 * ```
 * @throws {TypeError} naming the option that is missing or cannot be used
 */
export function createSigner(options: SignerOptions): Hono {
  const signer = readOptions(options);
  const { secrets, onEvent, allowDelete } = signer;
  const storage = openStorage(signer.client, signer.bucket, signer.expires);
  const confirmed = confirmer(signer, storage);
  const app = new Hono();

  app.onError((error, c) => {
    const shown = isStorageError(error) ? storageProblem(error) : error;
    const response = toResponse(shown);
    if (response.status >= 500) onEvent({ action: 'error', status: response.status, code: codeOf(shown), error }, c);
    return response;
  });
  app.notFound(() => new ProblemError(404, 'not-found', 'The signer has no such path.').getResponse());
  app.use(guard(signer.origins, signer.allowHeaders));

  const admit = async (c: Context, files: readonly FileRequest[]): Promise<Principal> => {
    const principal = await signer.authorize(c, files);
    if (principal instanceof Response) throw new HTTPException(principal.status as 403, { res: principal });
    if (principal) return principal;
    throw new ProblemError(401, 'auth-required', 'Sign in to upload.');
  };

  const limit = async (c: Context, principal: Principal, demand: Demand): Promise<void> => {
    const excess = await signer.limiter?.(c, principal, demand);
    if (!excess) return;
    const headers = { 'Retry-After': String(Math.ceil(excess.retryAfter)) };
    throw new ProblemError(429, excess.code, excess.message, { headers });
  };

  /** What is wrong with what a client says of its files; undefined when nothing is. */
  const metadataFault = (metadata: Record<string, string>): string | undefined => {
    const unknown = Object.keys(metadata).find((name) => !signer.metadata.includes(name));
    if (unknown) return `metadata.${unknown}: this signer takes ${signer.metadata.join(', ') || 'none'}.`;
    return metadataBytes(metadata) > METADATA_BYTES ? `metadata: at most ${METADATA_BYTES} bytes.` : undefined;
  };

  /** The folder of all that is his. */
  const folderOf = ({ owner, prefix }: Principal): string =>
    signer.prefix + normalPrefix(prefix ?? ownerSegment(owner));

  const answer = async (ticket: Ticket): Promise<SignedFile> => {
    const { id = '', key, checksum } = ticket;
    const sealed = sealTicket(ticket, secrets);
    const common = {
      ...{ id, key, expires: signer.expires, ticket: sealed },
      ...(checksum && { checksum }),
      ...(allowDelete && { deletable: true }),
    };
    if (ticket.method === 'MULTIPART') {
      return { ...common, method: 'MULTIPART', partSize: ticket.partSize!, expires: ticket.expires - now() };
    }
    const asked = { ...common, ...(signer.confirms && { confirm: true }) };
    return ticket.method === 'POST'
      ? { ...asked, method: 'POST', ...(await storage.signPost(ticket)) }
      : { ...asked, method: 'PUT', ...(await storage.signPut(ticket)) };
  };

  app.post('/', limitBody(SIGN_BYTES), async (c) => {
    const { files, metadata = {}, method } = await readJson(c, SignInput);
    const fault = metadataFault(metadata);
    if (fault) throw bad('metadata', fault);
    if (method === 'PUT' && signer.method === 'post') throw bad('method', 'method: this signer signs POST only.');

    const principal = await admit(c, files);
    const rules = {
      ...signer.limits,
      ...principal.limits,
      multipartFrom: signer.multipartFrom,
      partSize: signer.partSize,
      method: method === 'PUT' || signer.method === 'put' ? ('PUT' as const) : ('POST' as const),
      checksum: signer.checksum,
      folder: folderOf(principal),
    };
    const plans = files.map((file) => {
      const all = { ...metadata, ...file.metadata };
      const message = file.metadata && metadataFault(all);
      return message ? { id: file.id, error: { code: 'metadata', message } } : plan(file, all, rules);
    });
    const granted = plans.filter((each): each is Plan => !('error' in each));
    await limit(c, principal, {
      files: granted.length,
      bytes: granted.reduce((sum, { size }) => sum + size, 0),
      multiparts: granted.filter((each) => each.method === 'MULTIPART').length,
    });

    const opened: Ticket[] = [];
    const results = await Promise.allSettled(
      plans.map(async (each) => {
        if ('error' in each) return each;
        const ticket: Ticket = { ...each, owner: principal.owner, expires: now() + signer.ticketExpires };
        if (ticket.method === 'MULTIPART') {
          ticket.uploadId = await storage.createMultipart(ticket);
          ticket.headers = {};
          opened.push(ticket);
        }
        return answer(ticket);
      }),
    );
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) {
      // The client will sign the whole batch anew, so nobody would ever send the parts of these.
      await Promise.allSettled(opened.map((ticket) => storage.abortMultipart(ticket)));
      throw failed.reason;
    }
    const { owner } = principal;
    for (const each of plans) {
      if ('error' in each) onEvent({ action: 'sign', owner, code: each.error.code }, c);
      else onEvent({ action: 'sign', owner, ...summary(each), expires: signer.expires }, c);
    }
    const signed = results.map((result) => (result as PromiseFulfilledResult<SignedFile>).value);
    return c.json<SignAnswer>({ files: signed });
  });

  /** A call about one upload. Without a ticket that is this principal's, valid and whole, S3 is not asked anything. */
  const ticketed = <Schema extends z.ZodType<{ ticket: string }>>(
    path: string,
    schema: Schema,
    handle: (c: Context, ticket: Ticket, input: z.output<Schema>) => Promise<Response>,
  ): void => {
    app.post(path, limitBody(CALL_BYTES), async (c) => {
      const input = await readJson(c, schema);
      const principal = await admit(c, []);
      const ticket = openTicket(input.ticket, principal.owner, secrets);
      await limit(c, principal, { files: 0, bytes: 0, multiparts: 0 });
      const response = await handle(c, ticket, input);
      onEvent({ action: ACTIONS[path]!, owner: ticket.owner, ...summary(ticket) }, c);
      return response;
    });
  };

  ticketed('/sign-again', SignAgainInput, async (c, ticket, { checksum }) => {
    if (!checksum) return c.json(await answer(ticket));
    if (ticket.method === 'MULTIPART') throw bad('checksum', 'checksum: a multipart upload takes one for each part.');
    const { checksum: _asked, headers, ...rest } = ticket;
    const kept = Object.entries(headers).filter(([name]) => !name.startsWith('x-amz-checksum-'));
    const added = checksumHeaders(checksum.algorithm, checksum.value, ticket.method);
    return c.json(await answer({ ...rest, headers: { ...Object.fromEntries(kept), ...added } }));
  });

  ticketed('/parts', PartsInput, async (c, ticket, { parts }) => {
    const { size, partSize } = multipart(ticket);
    for (const { number, size: bytes, checksum } of parts) {
      const expected = sizeOfPart(number, size, partSize);
      if (expected !== bytes) {
        throw bad('part', `part ${number}: ${expected === undefined ? 'there is none' : `has ${expected} bytes`}.`);
      }
      if (checksum?.algorithm !== ticket.checksum) {
        throw bad('checksum', `part ${number}: this upload was signed with ${ticket.checksum ?? 'no checksum'}.`);
      }
    }
    const signed = parts.map(async ({ number, size: bytes, checksum }) => ({
      number,
      ...(await storage.signPart(ticket, number, bytes, checksum)),
    }));
    return c.json<PartsAnswer>({ parts: await Promise.all(signed), expires: signer.expires });
  });

  ticketed('/parts/list', TicketInput, async (c, ticket) => {
    multipart(ticket);
    const held = await storage.listParts(ticket);
    if (!held) throw gone();
    return c.json<PartsListAnswer>({ parts: held.map(({ number, size }) => ({ number, size })) });
  });

  ticketed('/complete', TicketInput, async (c, ticket) => {
    const { size, partSize } = multipart(ticket);
    const held = await storage.listParts(ticket);
    let etag: string | false = false;
    if (held) {
      const { missing, wrong } = compareParts(held, size, partSize);
      if (wrong.length > 0) {
        await storage.abortMultipart(ticket);
        throw new ProblemError(
          422,
          'parts-wrong',
          'The storage holds parts that were never signed; the upload was ended.',
        );
      }
      if (missing.length > 0) {
        const some = missing.slice(0, 10).join(', ');
        throw new ProblemError(
          422,
          'parts-missing',
          `The storage lacks ${missing.length} of the parts, such as ${some}.`,
        );
      }
      etag = await storage.completeMultipart(ticket, held);
    }
    // Also when there was no such upload: it may have been completed before, and the answer lost.
    const stored = await storage.head(ticket.key);
    if (stored?.size === size) return c.json(await confirmed(c, ticket, stored));
    if (etag !== false && !stored) return c.json(await confirmed(c, ticket, { etag, size }));
    throw gone();
  });

  ticketed('/abort', TicketInput, async (c, ticket) => {
    if (ticket.method === 'MULTIPART') await storage.abortMultipart(ticket);
    return c.body(null, 204);
  });

  ticketed('/confirm', TicketInput, async (c, ticket) => {
    const stored = await storage.head(ticket.key);
    if (stored?.size !== ticket.size) throw new ProblemError(404, 'not-stored', 'The file is not stored.');
    return c.json(await confirmed(c, ticket, stored));
  });

  ticketed('/delete', TicketInput, async (c, ticket) => {
    if (!allowDelete) throw new ProblemError(403, 'delete-not-allowed', 'This signer deletes nothing.');
    await storage.remove(ticket.key);
    return c.body(null, 204);
  });

  formRoutes(app, { signer, storage, admit, limit, folderOf });

  for (const path of ['/', ...Object.keys(ACTIONS)]) {
    app.all(path, () => {
      throw new ProblemError(405, 'method-not-allowed', 'Send a POST.', { headers: { Allow: 'POST' } });
    });
  }
  return app;
}

const ACTIONS: Record<string, 'sign-again' | 'parts' | 'list' | 'complete' | 'abort' | 'confirm' | 'delete'> = {
  '/sign-again': 'sign-again',
  '/parts': 'parts',
  '/parts/list': 'list',
  '/complete': 'complete',
  '/abort': 'abort',
  '/confirm': 'confirm',
  '/delete': 'delete',
};

const summary = ({ key, size, type, method }: Pick<Ticket, 'key' | 'size' | 'type' | 'method'>) => ({
  key,
  size,
  type,
  method,
});

const bad = (code: string, detail: string): ProblemError => new ProblemError(400, `bad-${code}`, detail);

const gone = (): ProblemError =>
  new ProblemError(404, 'no-such-upload', 'The storage has no such multipart upload: sign the file anew.');

function multipart({ method, size, partSize }: Ticket): { size: number; partSize: number } {
  if (method !== 'MULTIPART') throw bad('ticket', 'ticket: this file goes up in one request, not in parts.');
  return { size, partSize: partSize! };
}

function storageProblem(cause: unknown): ProblemError {
  const isBusy = statusOf(cause) === 503 || statusOf(cause) === 429;
  return isBusy
    ? new ProblemError(503, 'storage-busy', 'The storage is busy.', { cause, headers: { 'Retry-After': '1' } })
    : new ProblemError(502, 'storage-failed', "The storage did not do it; the signer's log says why.", { cause });
}

const codeOf = (error: unknown): string => (error instanceof ProblemError ? error.code : 'internal');
