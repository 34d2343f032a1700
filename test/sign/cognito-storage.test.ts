import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, beforeEach, describe, it } from 'node:test';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Uploader } from '../../widget/core/index.ts';
import { cognito, type CognitoSign } from '../../widget/sign/cognito/cognito.ts';
import { uriEncode } from '../../widget/sign/cognito/sigv4.ts';
import { type FakeCognito, startFakeCognito } from '../fixtures/fake-cognito.ts';
import { bytesFile, MiB } from '../fixtures/files.ts';
import { startTestStorage, type TestStorage } from '../fixtures/test-storage.ts';
import { untilStatus } from '../fixtures/wait.ts';
import { type FaultProxy, type LoggedRequest, startFaultProxy } from '../helpers/faults.ts';
import { nodeTransport } from '../fixtures/node-transport.ts';
import { sha256 } from '../fixtures/sha256.ts';

// The storage issues the temporary credentials: the local storage, or Ceph's gateway by AssumeRole, with the README's policy as
// the session's policy. Only Cognito is a fake. Ceph's gateway 16.2.15 refuses a POST with a wrong session token or none; under
// a session's policy it answers 201 and stores nothing.
const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
/** The README's JSON block that contains a text. */
const json = (content: string): unknown =>
  JSON.parse(
    [...readme.matchAll(/```json\n(.*?)```/gs)].map(([, text]) => text!).find((text) => text.includes(content))!,
  );

/** The README's policy for the role of visitors, and the methods of its CORS rule. */
const { Statement } = json('"Statement"') as { Statement: [{ Effect: string; Action: string[]; Resource: string }] };
const [corsRule] = json('"AllowedMethods"') as [{ AllowedMethods: string[] }];
const multipart = /multipart uploads, for which the bucket's CORS rule needs ([^.]*?) as well/.exec(
  readme.replaceAll('\n', ' '),
);
const corsMethods = [
  ...corsRule.AllowedMethods,
  ...[...multipart![1]!.matchAll(/`(\w+)`/g)].map(([, method]) => method),
];

let testStorage: TestStorage;
let proxy: FaultProxy;
let fake: FakeCognito;
let sign: CognitoSign;
let uploader: Uploader;
/** Whether the credentials are limited by the README's policy. */
let hasPolicy = true;

/** The README's policy for one visitor. Ceph's gateway accepts no colon in the name of a resource. */
const policyOf = (identityId: string): object => {
  const [{ Resource: named, ...rest }] = Statement;
  const resource = named
    .replace('my-uploads', testStorage.bucket)
    .replace('${cognito-identity.amazonaws.com:sub}', identityId.replace(':', '?'));
  return { Version: '2012-10-17', Statement: [{ ...rest, Resource: resource }] };
};

/** The requests of the tests so far that store or abort an upload. */
let requests: LoggedRequest[] = [];

describe('The Cognito signer at a real storage', () => {
  before(async () => {
    testStorage = await startTestStorage();
    proxy = await startFaultProxy(testStorage.url);
    fake = await startFakeCognito((seconds, identityId) =>
      testStorage.issueCredentials(seconds, hasPolicy ? policyOf(identityId) : undefined),
    );
    const { region, bucket } = testStorage;
    sign = cognito({
      identityPoolId: fake.poolId,
      identityUrl: fake.url,
      storageUrl: `${proxy.url}/${bucket}`,
      region,
      bucket,
      keyPrefix: 'in/',
    });
    uploader = new Uploader({ sign, send: nodeTransport });
  });

  after(async () => {
    uploader.destroy();
    await fake[Symbol.asyncDispose]();
    await proxy.close();
    await testStorage.close();
  });
  beforeEach(() => {
    proxy.reset();
  });

  it('stores a file by POST with temporary credentials', async () => {
    hasPolicy = false;
    await store(bytesFile(100_000));
    hasPolicy = true;
    sign.forget('credentials');
  });

  it('stores a file in presigned parts with temporary credentials', () => store(bytesFile(20 * MiB + 7)));

  it('stores a file by PUT when the storage does not accept POST', async () => {
    proxy.faults = [{ do: 'answer', status: 501, method: 'POST', times: 1 }];
    await store(bytesFile(1000));
  });

  it('stores a multipart upload whose last response gets lost', async () => {
    proxy.faults = [{ do: 'reset', method: 'POST', path: 'uploadId=', times: 1 }];
    await store(bytesFile(17 * MiB));
    const sent = proxy.requests.filter(({ method }) => method === 'PUT');
    assert.equal(sent.length, 3, 'nothing is sent twice');
  });

  it('aborts a multipart upload with temporary credentials', async () => {
    const signal = AbortSignal.timeout(15_000);
    const [grant] = await sign([{ id: '1', name: 'a', size: 17 * MiB, type: 'a/b' }], { signal });
    assert(grant && 'abort' in grant);
    await grant.abort(signal);
    assert.deepEqual(
      proxy.requests.map(({ method, status }) => [method, status]),
      [
        ['POST', 200],
        ['DELETE', 204],
      ],
    );
    requests = [...requests, ...proxy.requests];
  });

  it("sends all the requests that the README's policy and CORS rule allow, and no others", () => {
    const [{ Effect, Action, Resource }] = Statement;
    assert.equal(Effect, 'Allow');
    assert.equal(Resource, 'arn:aws:s3:::my-uploads/in/${cognito-identity.amazonaws.com:sub}/*');
    assert.deepEqual([...new Set(requests.map(actionOf))].sort(), [...Action].sort());
    assert.deepEqual([...new Set(requests.map(({ method }) => method))].sort(), [...corsMethods].sort());
    const [identityId] = fake.identities.keys();
    const own = `/${testStorage.bucket}/in/${uriEncode(identityId!)}/`;
    for (const { path, fields } of requests) {
      const key = fields?.find(([name]) => name === 'key')?.[1];
      assert(key ? key.startsWith(`in/${identityId}/`) : path.startsWith(own), path);
    }
  });

  for (const [problem, token] of [
    ['without its session token', undefined],
    ['with a wrong session token', 'made-up'],
  ] as const) {
    it(`cannot POST ${problem}`, async () => {
      const { region, bucket, url } = testStorage;
      const issued = await testStorage.issueCredentials(3600);
      await using stranger = await startFakeCognito(() =>
        Promise.resolve({ ...issued, sessionToken: token ?? issued.sessionToken }),
      );
      const sign = cognito({
        identityPoolId: stranger.poolId,
        identityUrl: stranger.url,
        storageUrl: `${url}/${bucket}`,
        region,
        bucket,
      });
      const file = bytesFile(10);
      const [grant] = await sign([{ id: '1', name: 'a', size: 10, type: file.type, file }], {
        signal: AbortSignal.timeout(5000),
      });
      assert(grant && 'fields' in grant);
      const form = new FormData();
      for (const [name, value] of Object.entries(grant.fields)) {
        if (token || name !== 'x-amz-security-token') form.append(name, value);
      }
      form.append('file', file);
      const response = await fetch(grant.url, { method: 'POST', body: form });
      assert(response.status === 400 || response.status === 403, `${response.status}`);
      await response.text();
    });
  }

  it("cannot POST outside the visitor's folder if the storage enforces policies", async () => {
    await using visitor = await startFakeCognito((seconds) =>
      testStorage.issueCredentials(seconds, policyOf('us-east-1:another')),
    );
    const { region, bucket, url } = testStorage;
    const { poolId: identityPoolId, url: identityUrl } = visitor;
    const storageUrl = `${url}/${bucket}`;
    const sign = cognito({ identityPoolId, identityUrl, storageUrl, region, bucket, keyPrefix: 'in/' });
    const queue = new Uploader({ sign, send: nodeTransport });
    await queue.add([bytesFile(10)]);
    await new Promise((resolve) => queue.addEventListener('upload-complete', resolve));
    const [item] = queue.items;
    const end = item?.status === 'failed' ? item.error.s3Code : item?.status;
    assert.equal(end, testStorage.hasPolicies ? 'AccessDenied' : 'done');
    queue.destroy();
  });
});

async function store(file: File): Promise<void> {
  const [item] = await uploader.add([file]);
  const done = await untilStatus(uploader, item!.id, 'done');
  assert(done.status === 'done');
  const client = new S3Client({ ...testStorage, endpoint: testStorage.url, forcePathStyle: true });
  const { Body } = await client.send(new GetObjectCommand({ Bucket: testStorage.bucket, Key: done.result.key }));
  assert.equal(sha256(await Body!.transformToByteArray()), sha256(new Uint8Array(await file.arrayBuffer())));
  client.destroy();
  requests = [...requests, ...proxy.requests];
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html */
function actionOf({ method, path }: LoggedRequest): string {
  const { searchParams } = new URL(path, proxy.url);
  if (method === 'HEAD') return 's3:GetObject';
  if (method === 'GET') return searchParams.has('uploadId') ? 's3:ListMultipartUploadParts' : 's3:GetObject';
  if (method === 'DELETE') return searchParams.has('uploadId') ? 's3:AbortMultipartUpload' : 's3:DeleteObject';
  return 's3:PutObject';
}
