import { Hono } from 'hono';
import { formRoutes } from './form.ts';
import { gate } from './admission.ts';
import { guard } from './origin-guard.ts';
import { noStore } from './no-store.ts';
import { readOptions, type SignerOptions } from './options.ts';
import { CALLS } from './paths.ts';
import { ProblemError, toResponse } from './problem.ts';
import { granter, signRoute } from './sign.ts';
import { isStorageError, openStorage, statusOf } from './storage.ts';
import { ticketRoutes } from './tickets.ts';

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
  const storage = openStorage(signer.client, signer.bucket, signer.expires);
  const grant = granter(signer, storage);
  const visitors = gate(signer);
  const app = new Hono();

  app.onError((error, c) => {
    const shown = isStorageError(error) ? storageProblem(error) : error;
    const response = toResponse(shown);
    const { status } = response;
    const code = shown instanceof ProblemError ? shown.code : 'internal';
    if (status >= 500) signer.onEvent({ action: 'error', status, code, error }, c);
    return response;
  });
  app.notFound(() => new ProblemError(404, 'not-found', 'The signer has no such path.').getResponse());
  app.use(noStore);
  app.use(guard(signer.origins, signer.allowHeaders));
  app.use(visitors.limitRequests);

  signRoute(app, signer, storage, visitors, grant);
  ticketRoutes(app, signer, storage, visitors, grant);
  if (signer.form) formRoutes(app, signer, storage, visitors, signer.form);
  for (const path of Object.keys(CALLS)) {
    app.all(path, () => {
      throw new ProblemError(405, 'method-not-allowed', 'Send a POST.', { headers: { Allow: 'POST' } });
    });
  }
  return app;
}

function storageProblem(cause: unknown): ProblemError {
  const isBusy = statusOf(cause) === 503 || statusOf(cause) === 429;
  return isBusy
    ? new ProblemError(503, 'storage-busy', 'The storage is busy.', { cause, headers: { 'Retry-After': '1' } })
    : new ProblemError(502, 'storage-failed', "The storage did not do it; the signer's log says why.", { cause });
}
