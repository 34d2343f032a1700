import type { LabelKey } from '../locales/labels.ts';
import type { Localizer } from './localizer.ts';
import type { Banner, ServerWait } from './server-wait.ts';
import { waitsForSigner } from './signer-wait.ts';
import type { Summary, WaitingItem } from './summary.ts';

/** The dependencies of {@link bannerOf}. */
export interface BannerOptions {
  readonly localizer: Localizer;
  /** Undefined until its chunk is loaded. */
  readonly serverWait: ServerWait | undefined;
  /** The text of the error that all failed files have in common; undefined if there is none. */
  readonly failure: LabelKey | undefined;
}

/** The file that waits for a server that keeps all active files waiting; undefined if only some of them wait. */
export function waitOfAll({ waiting, active }: Summary): WaitingItem | undefined {
  const forServer = waiting.filter(({ reason }) => reason === 'retry');
  return forServer.find(waitsForSigner) ?? (active > 1 && forServer.length === active ? forServer[0] : undefined);
}

/** The state to show once for all files. A sign-in comes first, then the network, the server, and a shared error. */
export function bannerOf(summary: Summary, { localizer, serverWait, failure }: BannerOptions): Banner | undefined {
  if (summary.signedOut) {
    return { text: localizer.term('auth-required'), button: 'resume-all' };
  }
  if (summary.offline) return { text: localizer.term('offline') };
  const wait = waitOfAll(summary);
  if (wait) return serverWait?.banner(wait, localizer);
  if (!failure) return undefined;
  const text = localizer.term(failure);
  return { text, announcement: text };
}
