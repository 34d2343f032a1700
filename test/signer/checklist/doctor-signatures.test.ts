// The doctor finds out whether a storage holds what was signed, and whether it replaces stored files.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DeletePublicAccessBlockCommand,
  GetBucketPolicyCommand,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { ALGORITHM, canonicalRequest, sign, stringToSign } from '../../../demo/storage/auth/sigv4.ts';
import { findAcceptedPuts, type SignPut } from '../../../signer/doctor/absent-headers.ts';
import { checkConditionalWrites } from '../../../signer/doctor/conditional-writes.ts';
import { denyStatements } from '../../../signer/doctor/deny-unsigned.ts';
import type { Finding, Target } from '../../../signer/doctor/finding.ts';
import { asText } from '../../../signer/doctor/print.ts';
import { checkUnsignedHeaders } from '../../../signer/doctor/unsigned-headers.ts';
import { startLaxStorage, type Laxity } from '../../fixtures/lax-storage.ts';
import { assertBucketIsEmpty, openTarget, type DoctorFixture } from '../doctor-target.ts';

const isGateway = Boolean(process.env.TEST_S3_ENDPOINT);

const stateOf = (findings: Finding[], name: string): Finding['state'] | undefined =>
  findings.find(({ check }) => check === name)?.state;

const detailOf = (findings: Finding[], name: string): string =>
  findings.find(({ check }) => check === name)?.detail ?? '';

/** A bucket of a storage that is lax: Ceph's gateway itself, else one in front of the local storage. */
async function openLaxTarget(laxity: Laxity): Promise<DoctorFixture> {
  const fixture = await openTarget();
  const { bucket, target } = fixture;
  // The block would refuse public ACLs for another reason.
  await bucket.directClient.send(new DeletePublicAccessBlockCommand({ Bucket: bucket.name }));
  if (isGateway) return fixture;
  const { endpoint } = bucket.directClient.config;
  const { hostname, port } = await endpoint!();
  const lax = await startLaxStorage(`http://${hostname}:${port}`, bucket.credentials, laxity);
  const { region, credentials } = bucket;
  const client = new S3Client({ endpoint: lax.url, region, credentials, forcePathStyle: true, maxAttempts: 1 });
  return {
    ...fixture,
    target: { ...target, client },
    async [Symbol.asyncDispose]() {
      client.destroy();
      await lax[Symbol.asyncDispose]();
      await fixture[Symbol.asyncDispose]();
    },
  };
}

describe('The doctor, about headers that were not signed,', () => {
  it('finds that a lax storage copies other objects and makes objects public, and leaves nothing behind', async () => {
    await using fixture = await openLaxTarget({ acceptsUnsigned: true });
    const findings = await checkUnsignedHeaders(fixture.target);
    assert.equal(stateOf(findings, 'put-unsigned-headers'), 'broken');
    const detail = detailOf(findings, 'put-unsigned-headers');
    assert.match(detail, /x-amz-copy-source copied another object/);
    assert.match(detail, /x-amz-acl made the object public/);
    assert.match(detail, /x-amz-website-redirect-location set a redirect/);
    assert.match(detail, isGateway ? /x-amz-grant-read made the object public/ : /x-amz-grant-read was accepted/);
    assert.match(detail, isGateway ? /x-amz-tagging set a tag/ : /x-amz-tagging was accepted/);
    const text = findings.map((finding) => asText(finding)).join('\n');
    assert.match(text, /put-bucket-policy/);
    assert.match(text, /"s3:x-amz-copy-source": "\?\*"/);
    assert.doesNotMatch(text, /X-Amz-Signature/i);
    await assertBucketIsEmpty(fixture.bucket);
  });

  it('checks parts, too, and with SIGNER_METHOD=post only parts', async () => {
    await using fixture = await openLaxTarget({ acceptsUnsigned: true });
    const findings = await checkUnsignedHeaders({ ...fixture.target, offersPut: false });
    assert.deepEqual(
      findings.map(({ check, state }) => [check, state]),
      // Ceph refuses a copy as a part, and the other headers do nothing to a part.
      [['part-unsigned-headers', isGateway ? 'ok' : 'broken']],
    );
    if (!isGateway) assert.match(detailOf(findings, 'part-unsigned-headers'), /copied another object/);
    await assertBucketIsEmpty(fixture.bucket);
  });

  it('finds no fault in a strict storage', { skip: isGateway && 'Ceph’s gateway is lax' }, async () => {
    await using fixture = await openTarget();
    const { bucket, target } = fixture;
    await bucket.directClient.send(new DeletePublicAccessBlockCommand({ Bucket: bucket.name }));
    const findings = await checkUnsignedHeaders(target);
    assert.deepEqual(
      findings.map(({ check, state }) => [check, state]),
      [
        ['put-unsigned-headers', 'ok'],
        ['part-unsigned-headers', 'ok'],
      ],
    );
    const refused = bucket.proxy.requests.filter(
      ({ method, headers }) => method === 'PUT' && (headers['x-amz-acl'] ?? headers['x-amz-copy-source']),
    );
    assert.deepEqual(
      refused.map(({ status }) => status),
      [403, 403, 403, 403],
    );
    await assertBucketIsEmpty(bucket);
  });

  it('says that it could not check a storage that refuses to store', async () => {
    await using fixture = await openTarget();
    fixture.bucket.proxy.faults = [{ do: 'answer', method: 'PUT', status: 503 }];
    const findings = await checkUnsignedHeaders(fixture.target);
    assert.deepEqual(
      findings.map(({ check, state }) => [check, state]),
      [['unsigned-headers', 'unproved']],
    );
  });

  it('says that it could not check a storage that refuses every presigned PUT', async () => {
    await using fixture = await openTarget();
    fixture.bucket.proxy.faults = [{ do: 'answer', method: 'PUT', path: 'X-Amz-Signature', status: 403 }];
    const findings = await checkUnsignedHeaders(fixture.target);
    assert.deepEqual(
      findings.map(({ check, state }) => [check, state]),
      [['unsigned-headers', 'unproved']],
    );
  });

  const needsPolicies = { skip: !isGateway && 'the local storage has no bucket policies' };

  it('prints a bucket policy that closes Ceph’s gateway to copies, ACLs and grants', needsPolicies, async () => {
    await using fixture = await openLaxTarget({});
    const { bucket, target } = fixture;
    const existing = {
      ...{ Sid: 'Existing', Effect: 'Deny', Principal: '*', Action: 's3:DeleteBucket' },
      Resource: `arn:aws:s3:::${bucket.name}`,
    };
    const put = (policy: unknown) =>
      bucket.directClient.send(new PutBucketPolicyCommand({ Bucket: bucket.name, Policy: JSON.stringify(policy) }));
    await put({ Version: '2012-10-17', Statement: [existing] });
    const before = await checkUnsignedHeaders(target);
    const policy = before.find(({ check }) => check === 'put-unsigned-headers')?.fix?.json as { Statement: object[] };
    assert.deepEqual(policy.Statement, [existing, ...denyStatements(target)], 'it keeps the statement that is there');
    await put(policy);
    const after = await checkUnsignedHeaders(target);
    const detail = detailOf(after, 'put-unsigned-headers');
    assert.doesNotMatch(detail, /copy-source|acl|grant/);
    // Ceph 16 has no condition for these.
    assert.match(detail, /x-amz-tagging set a tag, x-amz-website-redirect-location set a redirect/);
    const { Policy = '' } = await bucket.directClient.send(new GetBucketPolicyCommand({ Bucket: bucket.name }));
    const again = after.find(({ check }) => check === 'put-unsigned-headers')?.fix?.json as { Statement: object[] };
    assert.deepEqual(again.Statement, (JSON.parse(Policy) as { Statement: object[] }).Statement, 'and repeats nothing');
  });
});

describe('The doctor, about URLs whose signed headers are absent,', () => {
  /** Signs x-amz-acl and x-amz-copy-source as absent: in the list of signed headers, without lines of their own. */
  const signPutOf =
    ({ bucket }: DoctorFixture, target: Target): SignPut =>
    async ({ key, size, type }, signAbsentHeaders) => {
      const { hostname, port = '' } = await target.client.config.endpoint!();
      const path = `/${target.bucket}/${key}`;
      const absent = signAbsentHeaders ? ['x-amz-acl', 'x-amz-copy-source'] : [];
      const sent = { 'content-length': `${size}`, 'content-type': type, host: `${hostname}:${port}` };
      const signedNames = [...Object.keys(sent), ...absent].join(';');
      const amzDate = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
      const scope = {
        accessKeyId: bucket.credentials.accessKeyId,
        date: amzDate.slice(0, 8),
        region: 'us-east-1',
        service: 's3',
      };
      const query: [string, string][] = [
        ['X-Amz-Algorithm', ALGORITHM],
        ['X-Amz-Credential', `${scope.accessKeyId}/${scope.date}/us-east-1/s3/aws4_request`],
        ['X-Amz-Date', amzDate],
        ['X-Amz-Expires', '60'],
        ['X-Amz-SignedHeaders', signedNames],
      ];
      const payloadHash = 'UNSIGNED-PAYLOAD';
      const parts = { method: 'PUT', path, query, headers: Object.entries(sent), payloadHash };
      const lines = canonicalRequest(parts).split('\n');
      const canonical = [...lines.slice(0, -2), signedNames, payloadHash].join('\n');
      const signature = sign(bucket.credentials.secretAccessKey, scope, stringToSign(amzDate, scope, canonical));
      const search = new URLSearchParams([...query, ['X-Amz-Signature', signature]]);
      return { url: `http://${hostname}:${port}${path}?${search}`, headers: { 'content-type': type } };
    };

  it('finds out whether the storage accepts them, and then names the setting as a fix', async () => {
    await using fixture = await openLaxTarget({ acceptsUnsigned: true });
    const { target } = fixture;
    const signPut = signPutOf(fixture, target);
    // Ceph skips a signed header that is absent. So does a storage that signs again.
    assert.deepEqual(await findAcceptedPuts(target, signPut), { plain: true, withAbsentHeaders: true });
    const findings = await checkUnsignedHeaders(target, signPut);
    const fix = findings.find(({ check }) => check === 'put-unsigned-headers')?.fix;
    assert.match(fix?.what ?? '', /^Set SIGNER_SIGN_ABSENT_HEADERS=1, which this storage supports\./);
    const configured = await checkUnsignedHeaders({ ...target, signAbsentHeaders: true }, signPut);
    assert.equal(stateOf(configured, 'absent-headers'), 'ok');
    await assertBucketIsEmpty(fixture.bucket);
  });

  it(
    'finds a fault if the setting is on and the storage refuses them',
    { skip: isGateway && 'Ceph accepts them' },
    async () => {
      await using fixture = await openTarget();
      const { target } = fixture;
      const signPut = signPutOf(fixture, target);
      assert.deepEqual(await findAcceptedPuts(target, signPut), { plain: true, withAbsentHeaders: false });
      const findings = await checkUnsignedHeaders({ ...target, signAbsentHeaders: true }, signPut);
      assert.deepEqual(
        findings.map(({ check, state }) => [check, state]),
        [['absent-headers', 'broken']],
      );
      assert.match(findings.map((finding) => asText(finding)).join('\n'), /Unset SIGNER_SIGN_ABSENT_HEADERS/);
      assert.equal(stateOf(await checkUnsignedHeaders(target, signPut), 'absent-headers'), undefined);
    },
  );
});

describe('The doctor, about conditional writes,', () => {
  const check = async (change: Partial<Target>, laxity?: Laxity): Promise<Finding> => {
    await using fixture = await (laxity ? openLaxTarget(laxity) : openTarget());
    const [finding] = await checkConditionalWrites({ ...fixture.target, ...change });
    await assertBucketIsEmpty(fixture.bucket);
    return finding!;
  };

  it('names the writes that never replace a stored file, and those that do', async () => {
    const { state, detail } = await check({ conditionalWrites: true });
    assert.equal(state, 'ok');
    assert.equal(
      detail,
      isGateway
        ? 'a stored file is never replaced: PUT; until a signature expires, its holder can replace the stored file: POST, CompleteMultipartUpload'
        : 'a stored file is never replaced: POST, PUT, CompleteMultipartUpload',
    );
  });

  it('advises to turn the setting on where the storage supports it', async () => {
    const finding = await check({ conditionalWrites: false });
    assert.equal(finding.state, 'ok');
    assert.match(asText(finding), /supported, but not used for .*\n {4}Set SIGNER_CONDITIONAL_WRITES=1\./);
  });

  it('tries only the writes that the signer uses', async () => {
    const { detail } = await check({ conditionalWrites: false, offersPut: false });
    assert.doesNotMatch(detail, /PUT/);
    if (isGateway) assert.match(detail, /the storage ignores the condition/);
    assert.match((await check({ method: 'PUT' })).detail, /never replaced: PUT/);
  });

  const needsProxy = { skip: isGateway && 'Ceph accepts the condition' };
  it('finds a fault where the setting is on and the storage refuses the condition', needsProxy, async () => {
    const finding = await check({ conditionalWrites: true }, { refusesConditions: true });
    assert.equal(finding.state, 'broken');
    assert.match(
      asText(finding),
      /refuses uploads .*: PUT, CompleteMultipartUpload\n {4}Set SIGNER_CONDITIONAL_WRITES=0\./,
    );
    const { state, detail } = await check({ conditionalWrites: false }, { refusesConditions: true });
    assert.equal(state, 'ok');
    assert.match(detail, /it is not used there/);
  });
});
