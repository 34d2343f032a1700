import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runDoctor } from '../../../signer/doctor/cli.ts';
import { denyStatements } from '../../../signer/doctor/deny-unsigned.ts';
import { bucketEnv, openBucket, type TestBucket } from '../bucket.ts';
import { assertBucketIsEmpty, collectFindings, openTarget, setFault } from '../doctor-target.ts';

interface Report {
  checks: { check: string; state: string; detail: string; fix?: { json?: unknown } }[];
}

describe('The doctor of a signer with a quarantine', () => {
  async function doctor(bucket: TestBucket, ...options: string[]): Promise<Report> {
    const printed: string[] = [];
    const env = {
      ...bucketEnv(bucket),
      SIGNER_QUARANTINE: '1',
      SIGNER_WEBHOOK_URL: 'https://app.example',
      SIGNER_WEBHOOK_SECRET: 'a secret of the webhook, long enough',
    };
    await runDoctor(['--origin', 'https://site.example', '--json', ...options], env, (text) => printed.push(text));
    return JSON.parse(printed.join('')) as Report;
  }

  it('uploads to its folder, and moves a file to its final key as the signer does', async () => {
    await using bucket = await openBucket();
    const { checks } = await doctor(bucket, '--fix');
    const broken = checks.filter(({ state }) => state === 'broken').map(({ check }) => check);
    assert.deepEqual(broken, ['public-access-block']);
    assert.equal(checks.find(({ check }) => check === 'quarantine')?.state, 'ok');
    const uploads = bucket.proxy.requests.filter(({ path }) => path.includes('/doctor/'));
    const inFinalFolder = uploads.filter(({ path }) => !path.includes('quarantine/'));
    assert.ok(uploads.length > inFinalFolder.length && inFinalFolder.length > 0);
    for (const { method, headers } of inFinalFolder) {
      assert.ok(method !== 'PUT' || headers['x-amz-copy-source'], 'only copies are stored in the final folder');
    }
    await assertBucketIsEmpty(bucket);
  });

  it('finds that the signer may not delete, and prints its permissions in both folders', async () => {
    await using fixture = await openTarget();
    const quarantine = { prefix: 'quarantine/' };
    const target = { ...fixture.target, prefix: `quarantine/${fixture.target.prefix}`, quarantine };
    const body = '<Error><Code>AccessDenied</Code></Error>';
    setFault(fixture, { do: 'answer', method: 'DELETE', status: 403, body });
    const finding = (await collectFindings(target)).find(({ check }) => check === 'quarantine');
    assert.equal(finding?.state, 'broken');
    assert.match(finding?.detail ?? '', /^DeleteObject: /);
    const policy = JSON.stringify(finding?.fix?.json);
    assert.match(policy, /s3:DeleteObject/);
    for (const folder of ['quarantine/', fixture.target.prefix]) {
      assert.ok(policy.includes(`arn:aws:s3:::${target.bucket}/${folder}*`), folder);
    }
  });

  it('refuses copies in the folder of the uploads only, where the signer itself makes none', () => {
    for (const { Resource } of denyStatements({ bucket: 'b', prefix: 'quarantine/uploads/' })) {
      assert.equal(Resource, 'arn:aws:s3:::b/quarantine/uploads/*');
    }
  });
});
