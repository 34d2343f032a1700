// The public surface of s3-uploader-signer. `./limits`, `./redis` and `./metrics` are entries of their own, so that their
// dependencies are loaded only where they are used.
export { createSigner } from './core/app.ts';
export type { SignerOptions } from './core/options.ts';
export type { Authorize, Principal } from './core/principal.ts';
export type { Caller } from './core/caller.ts';
export type { FileLimits } from './core/file-limits.ts';
export type { CountedUpload, Demand, Limiter, LimitExceeded, Reservation } from './core/limiter.ts';
export type { SignerEvent, StoredObject } from './core/events.ts';
export type { Quarantine, QuarantinedObject, Verdict } from './core/quarantine-option.ts';
export { ProblemError } from './core/problem.ts';
export { verifyReceipt, type Receipt, type ReceiptChecks } from './core/receipt.ts';
export { deletionTicket } from './core/tickets.ts';

export { forwardAuth, type ForwardOptions } from './auth/forward.ts';
export { jwtAuth, type JwtOptions } from './auth/jwt.ts';
export { publicAccess } from './auth/public.ts';
export { tokenAuth, type Token } from './auth/token.ts';

export { clientAddress, readRange, type AddressRange, type Peer } from './limits/client-address.ts';

export { readConfig } from './service/settings.ts';
export type { Config } from './service/config.ts';
export { ConfigError, type Env } from './service/env.ts';
export { createLog, type Log, type LogLevel, type LogOptions, type WriteLog } from './service/log.ts';
export { openApi } from './service/openapi.ts';
export { webhook, type DeliveryLeases, type WebhookOptions } from './service/webhook.ts';
export { webhookVerdict } from './service/webhook-verdict.ts';
