/** Of the one policy of its name, whichever copy of this module has made it: a page refuses a second one. */
const POLICY = Symbol.for('s3-uploader');

interface Policy {
  createScriptURL(url: string): { toString(): string };
}

interface TrustedTypePolicyFactory {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): Policy;
}

/**
 * Starts a worker of this package, also where the page is of another origin than the package.
 *
 * @returns null where the page, or its policy, lets none be
 */
export function startWorker(url: URL): Worker | null {
  try {
    return new Worker(trusted(url.origin === location.origin ? url.href : fromElsewhere(url)), { type: 'module' });
  } catch {
    return null;
  }
}

/** No browser starts a worker of another origin, but one of the page's own may import it. */
const fromElsewhere = (url: URL): string =>
  URL.createObjectURL(new Blob([`import ${JSON.stringify(url.href)}`], { type: 'text/javascript' }));

/** A page with Trusted Types lets it be by naming this policy: `trusted-types lit-html s3-uploader`. */
const trusted = (url: string): string => {
  const page = globalThis as { trustedTypes?: TrustedTypePolicyFactory; [POLICY]?: Policy };
  if (!page.trustedTypes) return url;
  page[POLICY] ??= page.trustedTypes.createPolicy('s3-uploader', { createScriptURL: (url) => url });
  return page[POLICY].createScriptURL(url) as unknown as string;
};
