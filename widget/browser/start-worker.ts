/**
 * Starts a worker of this package.
 *
 * @returns null if the page, or its policy, does not allow the worker
 */
export function startWorker(url: URL): Worker | null {
  try {
    return new Worker(trustedScriptUrl(url), { type: 'module' });
  } catch {
    return null;
  }
}

/** Browsers start no worker from another origin, but a worker of the page's own may import one. */
const workerScript = (url: URL): string =>
  url.origin === location.origin
    ? url.href
    : URL.createObjectURL(new Blob([`import ${JSON.stringify(url.href)}`], { type: 'text/javascript' }));

interface TrustedTypePolicy {
  createScriptURL(url: string): { toString(): string };
}

interface TrustedTypePolicyFactory {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): TrustedTypePolicy;
}

/**
 * The page's policy, for all copies of this module: a page may refuse a second policy of the same name. Every script of the page
 * can reach it, so it accepts only the URLs of this package's own workers.
 */
const POLICY = Symbol.for('s3-uploader');

/** The names of the workers' files, also as bundlers change them: `checksum-worker.js`, `picture-worker-3f9a.js`. */
const WORKER_NAME = /^(checksum|picture)-worker[\w.-]*\.m?js$/;

/** Whether a script is the worker, or the other one of this package, in the same folder. */
export function isOwnWorker(script: string, worker: URL): boolean {
  if (script === worker.href) return true;
  const folder = new URL('.', worker).href;
  return script.startsWith(folder) && WORKER_NAME.test(script.slice(folder.length));
}

/**
 * The script's URL for a page with Trusted Types, which allows it by `trusted-types lit-html s3-uploader`.
 *
 * @throws {TypeError} if the page allows no policy, or only that of a copy of this package in another folder
 */
function trustedScriptUrl(worker: URL): string {
  const page = globalThis as { trustedTypes?: TrustedTypePolicyFactory; [POLICY]?: TrustedTypePolicy };
  const { trustedTypes } = page;
  if (!trustedTypes) return workerScript(worker);
  const createPolicy = (): TrustedTypePolicy =>
    trustedTypes.createPolicy('s3-uploader', {
      createScriptURL(script) {
        if (!isOwnWorker(script, worker)) throw new TypeError('This is no worker of s3-uploader.');
        return workerScript(new URL(script));
      },
    });
  const trust = (policy: TrustedTypePolicy): string => policy.createScriptURL(worker.href) as unknown as string;
  try {
    return trust((page[POLICY] ??= createPolicy()));
  } catch {
    return trust(createPolicy());
  }
}
