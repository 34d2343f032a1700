import type { UploadError, UploadErrorCode } from '../core/errors.ts';
import { enFiles } from '../locales/en-files.ts';
import type { LabelKey } from '../locales/labels.ts';
import type { Localizer } from './localizer.ts';

/** Codes that say the same to a visitor; all others have words of their own, or are `unknown`. */
const SAME: { readonly [code in UploadErrorCode]?: LabelKey } = {
  'file-unreadable': 'unreadable',
  'file-changed': 'unreadable',
  'file-missing': 'pick-again',
  corrupt: 'network',
  'upload-lost': 'network',
  timeout: 'network',
  'signer-refused': 'refused',
  'signer-unreachable': 'network',
  'storage-busy': 'busy',
  'quota-exceeded': 'quota',
  config: 'setup',
  'bad-signer-response': 'setup',
  'signer-clock': 'setup',
  cors: 'setup',
  'storage-refused': 'setup',
  'storage-config': 'setup',
};

/** What a visitor can make of an error: never its own message, but where the page itself refused the file. */
export function errorText({ code, limit, message }: UploadError, words: Localizer): string {
  if (code === 'invalid') return message;
  // the signer's own refusal may name no limit
  if (code.startsWith('file-too') && limit === undefined) return words.term('refused');
  const key = SAME[code] ?? (code in enFiles ? (code as LabelKey) : 'unknown');
  return words.term(key, { code, n: limit ?? 0, limit: words.size(limit ?? 0) });
}
