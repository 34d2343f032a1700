// The public surface of the local storage. See README.md in this folder.
export { demoCredential, type CorsOptions, type Credential, type StorageOptions } from './options.ts';
export { isLoopback } from './auth/local-only.ts';
export { startStorage, type RunningStorage, type ServerOptions } from './server.ts';
export { createStorage } from './create-storage.ts';
