export { createSigner } from './core/app.ts';
export { forwardAuth, type ForwardOptions } from './auth/forward.ts';
export { jwtAuth, type JwtOptions } from './auth/jwt.ts';
export { publicAccess } from './auth/public.ts';
export { tokenAuth, type Token } from './auth/token.ts';
export { clientAddress, readRange, type Peer } from './limits/client-address.ts';
export type { Config } from './service/config.ts';
export { ConfigError, type Env } from './service/env.ts';
export { createLog, type Level, type Log, type LogOptions, type Write } from './service/log.ts';
export { openApi } from './service/openapi.ts';
export type {
  Authorize,
  Demand,
  Excess,
  Limiter,
  Principal,
  SignerEvent,
  SignerOptions,
  StoredObject,
} from './core/options.ts';
export type { Limits } from './core/policy.ts';
export type { Visitor } from './core/principal.ts';
export { ProblemError } from './core/problem.ts';
export { readConfig } from './service/settings.ts';
export { deletionTicket, verifyReceipt, type Receipt } from './core/ticket.ts';
export { webhook, type Claims, type WebhookOptions } from './service/webhook.ts';
