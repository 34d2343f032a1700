import type { UploadErrorCode } from '../core/errors.ts';
import type { LabelKey } from '../locales/labels.ts';

/**
 * Who can fix an error: the visitor, the author of the page, or the operator of signer and storage. With the text `setup`,
 * it is a fault of the set-up: the element says so once, and not in each row; see `setup-faults.ts`.
 */
export type Fixer = 'visitor' | 'author' | 'operator';

/** Of each error code: who can fix it, and the text that the visitor reads. */
export const ERROR_TEXTS = {
  'file-too-large': ['visitor', 'file-too-large'],
  'file-too-small': ['visitor', 'file-too-small'],
  'file-type': ['visitor', 'file-type'],
  'file-content': ['visitor', 'file-content'],
  'image-dimensions': ['visitor', 'image-min'],
  'too-many-files': ['visitor', 'too-many-files'],
  'total-too-large': ['visitor', 'total-too-large'],
  duplicate: ['visitor', 'duplicate'],
  invalid: ['visitor', 'unknown'],
  'file-unreadable': ['visitor', 'file-changed'],
  'file-changed': ['visitor', 'file-changed'],
  'file-missing': ['visitor', 'file-missing'],
  corrupt: ['visitor', 'network'],
  config: ['author', 'setup'],
  'signer-unreachable': ['operator', 'network'],
  'signer-refused': ['visitor', 'signer-refused'],
  'quota-exceeded': ['visitor', 'quota-exceeded'],
  'bad-signer-response': ['operator', 'setup'],
  'signer-clock': ['operator', 'setup'],
  'auth-required': ['visitor', 'auth-required'],
  'visitor-changed': ['visitor', 'visitor-changed'],
  network: ['visitor', 'network'],
  cors: ['operator', 'setup'],
  csp: ['author', 'setup'],
  timeout: ['visitor', 'network'],
  'storage-busy': ['operator', 'storage-busy'],
  'storage-refused': ['operator', 'setup'],
  'storage-config': ['operator', 'setup'],
  expired: ['visitor', 'expired'],
  'upload-lost': ['visitor', 'network'],
  'already-stored': ['operator', 'setup'],
  'object-differs': ['author', 'setup'],
  'file-refused': ['visitor', 'signer-refused'],
  'in-use': ['visitor', 'in-use'],
  unknown: ['author', 'unknown'],
} as const satisfies Readonly<Record<UploadErrorCode, readonly [Fixer, LabelKey]>>;

/**
 * Of each error code: its cause and its fix, in English. For the README and the browser's console. Apart from
 * {@link ERROR_TEXTS}, so that a visitor loads it only after a fault of the set-up.
 */
export const ERROR_CAUSES: Readonly<Record<UploadErrorCode, readonly [cause: string, fix: string]>> = {
  'file-too-large': [
    'The file has more bytes than `max-file-size`, the signer or the storage allows.',
    'Choose a smaller file, or raise the limit in the element and in the signer.',
  ],
  'file-too-small': [
    'The file has fewer bytes than `min-file-size`, the signer or the storage allows.',
    'Choose another file, or lower the limit.',
  ],
  'file-type': [
    'The type of the file is not in `accept`, or the signer does not allow it.',
    'Choose another file, or add the type in the element and in the signer.',
  ],
  'file-content': [
    'With `sniff` or `strip-metadata`: the content is of another type than the name says.',
    'Choose another file.',
  ],
  'image-dimensions': [
    'The image is smaller than `min-image-size`, or larger than `max-image-size`.',
    'Choose another image.',
  ],
  'too-many-files': ['There are as many files as `max-files` or the signer allows.', 'Remove a file first.'],
  'total-too-large': ['All files together have more bytes than `max-total-size` allows.', 'Remove a file first.'],
  duplicate: ['With `duplicates="skip"`: the file is in the list already.', 'Nothing needs to be done.'],
  invalid: ['The property `validate` refused the file.', 'Do what the message says, which is that of `validate`.'],
  'file-unreadable': ['The browser cannot read the file.', 'Choose the file again.'],
  'file-changed': [
    'The file was changed, moved or deleted after it was chosen.',
    'Choose the file again, once no other program writes it.',
  ],
  'file-missing': ['A reload has lost the file of an unfinished upload.', 'Choose the same file again.'],
  corrupt: ['The bytes did not match their checksum, in three attempts.', 'Try again, over another network.'],
  config: [
    'An attribute, a property or the policy form of the element cannot be used, or the endpoint has no signer for this page.',
    'The message names what is wrong, and how to correct it.',
  ],
  'signer-unreachable': [
    'The signer did not respond, or responded with 429 or 5xx, in all attempts.',
    'Start the signer, and look at its log. It must respond at the URL in `endpoint`.',
  ],
  'signer-refused': ['The signer refused this file.', 'The message has the reason. Change the limits of the signer.'],
  'quota-exceeded': ["The signer's quota of this visitor is used up.", 'Wait, or raise the quota in the signer.'],
  'bad-signer-response': [
    "The signer's response is not what this backend sends, or it cannot be used for an upload.",
    'Check that `endpoint` is the URL of the signer, and that `signer` names its kind. The message says what is missing.',
  ],
  'signer-clock': [
    'Each signature had expired when it arrived: the clock of the signer is wrong.',
    'Set the clock of the machine that signs, by NTP.',
  ],
  'auth-required': [
    'The signer responded with 401, 403, 419 or 440, or redirected to a sign-in page.',
    'Sign in, and resume the upload.',
  ],
  'visitor-changed': [
    'Another visitor has signed in since the file was added. The file is not uploaded as theirs.',
    'Sign in with the account that added the file, and try again; or choose the file again. Call `forget()` when a visitor signs out.',
  ],
  network: ['The storage could not be reached.', "Check the visitor's internet connection."],
  cors: [
    'The server responds, but not to this page: its CORS rule does not allow the origin of the page, or what it sends.',
    "Allow the page's origin: in the bucket's CORS rule, with the methods `POST` and `PUT`, all headers, and `ETag` exposed; or in the signer, by `SIGNER_ORIGINS`. `npx s3-uploader-signer doctor` checks the bucket.",
  ],
  csp: [
    "The page's Content-Security-Policy does not allow requests to the signer or the storage.",
    'Add the origin in the message to `connect-src` of the policy.',
  ],
  timeout: [
    'The storage stopped responding for longer than `timeout`, in all attempts.',
    'Try again. For slow networks, raise `timeout`.',
  ],
  'storage-busy': ['The storage responded with 429 or 5xx, in all attempts.', 'Try again later.'],
  'storage-refused': [
    'The storage refused the upload: the signature, the policy or the permissions do not allow it.',
    "Check the signer's credentials and their `s3:PutObject` permission. `s3Code` and the message have the reason. `npx s3-uploader-signer doctor` checks the bucket.",
  ],
  'storage-config': [
    'The bucket does not exist, is in another region, or the server is no S3 storage.',
    "Check the signer's bucket, region and storage URL. `npx s3-uploader-signer doctor` checks the bucket.",
  ],
  expired: ['The signature has expired, and there is none to replace it.', 'Reload the page.'],
  'upload-lost': [
    'The storage no longer knows the unfinished upload, or the file after it was sent.',
    'Try again. Check that no lifecycle rule deletes uploads after a few hours.',
  ],
  'already-stored': [
    'The key of the file has an object already, which is not this file, and the signature forbids to overwrite it.',
    'Sign each file for a key of its own.',
  ],
  'object-differs': [
    'The stored object has another type, or other headers or metadata, than the signer has signed.',
    "A proxy or a script of the page has changed the upload. Compare the stored object's type, headers and metadata with the request.",
  ],
  'file-refused': [
    'A check of the stored file, such as for viruses, has refused it. The object was deleted.',
    'The visitor reads the message of the check. Without one, the element shows a general text. Choose another file.',
  ],
  'in-use': ['Another tab uploads this file.', 'Wait for the other tab.'],
  unknown: ['An error that the element does not expect.', 'Try again. The message has what was thrown.'],
};
