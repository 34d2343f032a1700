export * from './errors.ts';
export type * from './events.ts';
export type * from './http.ts';
export * from './item.ts';
export { type Network, steadyNetwork } from './network.ts';
export type * as Protocol from './protocol.ts';
export type * from './sign.ts';
export * from './uploader.ts';
export { isAccepted, type Limits } from './limits.ts';
