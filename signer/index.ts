export { createSigner } from './app.ts';
export { publicAccess } from './auth.ts';
export { ConfigError, readConfig, type Config, type Env } from './config.ts';
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
export { ProblemError } from './problem.ts';
export { verifyReceipt, type Receipt } from './ticket.ts';
