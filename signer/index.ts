export { createSigner } from './app.ts';
export { forwardAuth, type ForwardOptions } from './auth/forward.ts';
export { jwtAuth, type JwtOptions } from './auth/jwt.ts';
export { publicAccess } from './auth/public.ts';
export { tokenAuth, type Token } from './auth/token.ts';
export { clientAddress, readRange, type Peer } from './client-address.ts';
export type { Config } from './config.ts';
export { ConfigError, type Env } from './env.ts';
export { createLog, type Level, type Log, type LogOptions, type Write } from './log.ts';
export { openApi } from './openapi.ts';
export type {
  Authorize,
  Demand,
  Excess,
  Limiter,
  Principal,
  SignerEvent,
  SignerOptions,
  StoredObject,
} from './options.ts';
export type { Limits } from './policy.ts';
export type { Visitor } from './principal.ts';
export { ProblemError } from './problem.ts';
export { readConfig } from './settings.ts';
export { deletionTicket, verifyReceipt, type Receipt } from './ticket.ts';
export { webhook, type Claims, type WebhookOptions } from './webhook.ts';
