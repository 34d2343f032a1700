import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  formParts,
  postForm,
  signForm,
  type Condition,
  type FormOptions,
  type FormPart,
  type PostOptions,
  type SignedForm,
} from './post-form.ts';
import type { S3Response } from './s3-response.ts';
import {
  headObject,
  newKey,
  startStorageUnderTest,
  type PerStorage,
  type StorageUnderTest,
} from './storage-under-test.ts';

/** An error response. */
export interface Refusal {
  status: number;
  code: string;
  /** AWS's message, where it is known. */
  message?: string;
}

/** `accepted`: the response is a success, but the object has another key than the signed one. */
export type Outcome = Refusal | 'stored' | 'accepted';

/** One form and its outcome. Whatever is not set stays as in a form that the storage accepts. */
export interface PostCase {
  /** Title of the test. */
  title: string;
  /** Options for signing the form. */
  options?: Omit<FormOptions, 'key'>;
  /** Default: a new key. */
  key?: string;
  /** Changes the form after it was signed. */
  changeForm?: (form: SignedForm, storage: StorageUnderTest) => SignedForm;
  /** Replaces the parts that are sent. Default: the fields, then the file. */
  parts?: (form: SignedForm) => FormPart[];
  file?: string | Uint8Array | FormPart;
  /** Options for sending the form. */
  post?: PostOptions;
  expected: PerStorage<Outcome>;
}

export const refused = (status: number, code: string, message?: string): Refusal => ({
  status,
  code,
  ...(message !== undefined && { message }),
});

export const accessDenied = (message?: string): Refusal => refused(403, 'AccessDenied', message);

/** Both storages return this status and code; the local one also returns AWS's message. */
export const refusedByBoth = (status: number, code: string, message: string): PerStorage<Outcome> => ({
  local: refused(status, code, message),
  gateway: refused(status, code),
});

/** The policy document is not valid. The gateway has no error code for it. */
export const invalidPolicy: PerStorage<Outcome> = {
  local: refused(400, 'InvalidPolicyDocument'),
  gateway: refused(400, 'InvalidArgument'),
};

export const sizeRange = (min: unknown, max: unknown): Condition => ['content-length-range', min, max];

/** Registers a suite with one test for each case. */
export function describePostCases(title: string, cases: readonly PostCase[]): void {
  describe(title, () => {
    let storage: StorageUnderTest;
    before(async () => {
      storage = await startStorageUnderTest();
    });
    after(() => storage.close());

    for (const { title, options, key = newKey(), changeForm, parts, file, post, expected } of cases) {
      it(title, async () => {
        const signed = signForm(storage, { key, ...options });
        const form = changeForm?.(signed, storage) ?? signed;
        const response = await postForm(storage, parts?.(form) ?? formParts(form, file), post);
        await assertOutcome(storage, response, expected[storage.kind], key);
      });
    }
  });
}

async function assertOutcome(
  storage: StorageUnderTest,
  response: S3Response,
  expected: Outcome,
  key: string,
): Promise<void> {
  if (typeof expected === 'string') {
    assert.equal(response.status, 204, response.text);
    if (expected === 'stored') assert.ok(await headObject(storage, key), 'the object does not exist');
    return;
  }
  const { status, code, message } = expected;
  assert.deepEqual({ status: response.status, code: response.code }, { status, code }, response.text);
  if (message !== undefined) assert.equal(response.message, message);
  if (key.length <= 1024) assert.equal(await headObject(storage, key), undefined, 'the object was stored nevertheless');
  if (storage.kind === 'local') assert.match(response.text, /<RequestId>[0-9A-F]{16}<\/RequestId><HostId>/);
  assert.ok(response.headers.get('x-amz-request-id'));
}
