import type { UploadItem } from '../core/item.ts';
import type { UploadError } from '../core/errors.ts';
import type { Localizer } from './localizer.ts';
import { progressText } from './quantities.ts';

/** The dependencies and settings of {@link statusTexts}. */
export interface StatusOptions {
  /** Texts and numbers in the language of the element. */
  readonly localizer: Localizer;
  /** Returns the text of a file's error; empty where it is said once for all files, and until the texts of errors are loaded. */
  readonly errorText: (item: UploadItem, error: UploadError) => string;
  /** Seconds until a waiting file is retried; 0 or less when it is overdue. */
  readonly secondsToRetry: number;
  /** Whether a file waits for the signer to respond: then no other can be signed either. */
  readonly isSignerSilent: boolean;
  /** Whether a banner says something for all files, such as why they wait. */
  readonly hasBanner: boolean;
}

/** The text of a file's status: a sentence, or parts such as `Uploaded` and `1.8 MB`. */
export function statusTexts(item: UploadItem, options: StatusOptions): readonly string[] {
  const { localizer, errorText, isSignerSilent } = options;
  const size = localizer.size(item.size);
  switch (item.status) {
    case 'rejected':
    case 'failed':
    case 'paused': {
      const text = item.error && errorText(item, item.error);
      // an error of all files has no text here: the banner shows it
      return text ? [text] : [localizer.term('paused'), size];
    }
    case 'preparing':
      return [localizer.term('signing'), size];
    case 'signing':
      return [localizer.term(isSignerSilent ? 'queued' : 'signing'), size];
    case 'finishing':
      return [localizer.term(item.checking ? 'checking' : item.status), size];
    case 'ready':
    case 'queued':
    case 'canceled':
      return [localizer.term(item.status), size];
    case 'uploading':
      return [item.loaded ? progressText(item.loaded, item.size, localizer) : localizer.term('starting')];
    case 'waiting':
      return options.hasBanner ? [localizer.term('queued'), size] : [waitingText(item, options)];
    case 'done':
      // the page may not know the size of a file that was stored earlier
      return item.size || item.file ? [localizer.term(item.status), size] : [localizer.term(item.status)];
    default:
      return item satisfies never;
  }
}

function waitingText(
  { reason, error }: UploadItem & { status: 'waiting' },
  { localizer, secondsToRetry }: StatusOptions,
): string {
  if (reason === 'offline') return localizer.term(reason);
  // without a response, the network is at fault
  if (!error.status) return localizer.term('waiting');
  return secondsToRetry > 0 ? localizer.term('retry-in', { n: secondsToRetry }) : localizer.term('retrying');
}

/**
 * Joins the parts of a status by `·`. Lines break between parts, and inside one only if it is wider than the line.
 *
 * @param isOneLine whether parts that do not fit are left out, and their `·` with them
 * @returns a new element for each call: browsers count a text that changes its place within one element as a layout shift
 */
export function statusParts(texts: readonly string[], isOneLine = false): HTMLElement {
  const parts = texts.map((text, i) => {
    const part = document.createElement('span');
    const before = i && isOneLine ? '·\u00a0' : '';
    const after = i < texts.length - 1 && !isOneLine ? '\u00a0·' : '';
    part.textContent = before + text + after;
    return part;
  });
  const whole = document.createElement('bdi');
  whole.append(...parts.flatMap((part, i) => (i ? [' ', part] : part)));
  return whole;
}
