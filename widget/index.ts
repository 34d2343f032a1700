export * from './core/index.ts';
export type { S3UploaderEventMap } from './events.ts';
export type { Label, Labels } from './locales/en.ts';
export { S3UploaderElement } from './s3-uploader.ts';
export { endpoint, type EndpointOptions } from './sign/endpoint.ts';
export { browserNetwork } from './transport/network.ts';
export { xhr } from './transport/xhr.ts';
