import { Hono } from 'hono';
import { createAdmission } from './admission.ts';
import { addFormRoutes } from './form.ts';
import { createGrantUpload } from './grant.ts';
import type { SignerOptions } from './options.ts';
import { originGuard } from './origin-guard.ts';
import { CALLS, withSlash } from './paths.ts';
import { ProblemError } from './problem.ts';
import { createFailureReport } from './report-failure.ts';
import { resolveOptions } from './resolve-options.ts';
import { setResponseHeaders } from './response-headers.ts';
import { addSignRoute } from './sign.ts';
import { openStorage } from './storage.ts';
import { addTicketRoutes } from './ticket-routes.ts';

/**
 * Creates the signer: a Hono app that implements the signing contract. Mount it below any path.
 *
 * To read the code, start here, then: `sign.ts` (the first call), `policy.ts` (which uploads are allowed), `tickets.ts` and
 * `sealed-token.ts` (how the signer works without state), `ticket-routes.ts` (the later calls), `storage.ts` (the requests
 * to S3), `schemas.ts` (the request bodies).
 *
 * @example
 * ```ts
 * app.route('/sign', createSigner({ client, bucket, secret, origins: ['https://www.example.com'], authorize }));
 * ```
 * @throws {TypeError} with the name of the option that is missing or invalid
 */
export function createSigner(options: SignerOptions): Hono {
  const resolved = resolveOptions(options);
  const storage = openStorage(resolved.client, resolved.bucket, resolved.expires, resolved);
  const admission = createAdmission(resolved);
  const grantUpload = createGrantUpload(resolved, storage);
  const reportFailure = createFailureReport(resolved, admission);
  const app = new Hono();

  app.onError((error, c) => reportFailure(error, c).getResponse());
  app.notFound(() =>
    new ProblemError(
      404,
      'not-found',
      'The signer has no such path. Its first call is a POST to its own path, such as /sign.',
    ).getResponse(),
  );
  app.use(setResponseHeaders);
  app.use(originGuard(resolved.origins, resolved.allowHeaders));

  addSignRoute(app, resolved, storage, admission, grantUpload);
  addTicketRoutes(app, resolved, storage, admission, { grantUpload, reportFailure });
  if (resolved.form) addFormRoutes(app, resolved, storage, admission, resolved.form);
  for (const path of Object.keys(CALLS).flatMap(withSlash)) {
    app.all(path, () => {
      throw new ProblemError(405, 'method-not-allowed', 'Send a POST.', { headers: { Allow: 'POST' } });
    });
  }
  return app;
}
