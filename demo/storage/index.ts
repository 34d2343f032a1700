export { demoCredential, type CorsOptions, type Credential, type StorageOptions } from './options.ts';
export { startStorage, type RunningStorage, type ServerOptions } from './server.ts';
export { createStorage } from './create-storage.ts';
