// The public entry `s3-uploader/browser`: what a queue of `s3-uploader/core` needs in a browser, without the element.
export { checksumInWorker } from './checksum-client.ts';
export { browserNetwork } from './network.ts';
export { pageConnections } from './page-connections.ts';
export { resumeStore } from './resume-store.ts';
export { promptBeforeUnload } from './unload-prompt.ts';
export { keepScreenAwake, type WakeLockOptions } from './wake-lock.ts';
export { xhr } from './xhr.ts';
