import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  PutBucketCorsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import { bucketEnv, openBucket, type TestBucket } from './bucket.ts';

const CLI = fileURLToPath(new URL('../../signer/platforms/node/cli.ts', import.meta.url));
const SITE = 'https://site.example';

interface Report {
  healthy: boolean;
  error?: string;
  checks: { check: string; state: string; fix?: { json?: Record<string, unknown> } }[];
}

describe('s3-uploader-signer doctor', () => {
  it('exits with 1 and prints fixes, applies them with --fix, and then exits with 0', async () => {
    await using bucket = await openBucket();
    const before = await doctor(bucket, ['--origin', SITE]);
    assert.equal(before.code, 1);
    assert.match(before.output, /^✓ credentials: /m);
    assert.match(before.output, /^✗ cors-post: /m);
    assert.equal(before.output.match(/"AllowedMethods"/g)?.length, 1, 'a fix of three findings is printed once');
    assert.match(before.output, /^✗ lifecycle: /m);

    // --fix does not change the public-access block, so the test applies the printed one.
    const all = await doctor(bucket, ['--origin', SITE, '--json']);
    const report = JSON.parse(all.output) as Report;
    assert.equal(report.healthy, false);
    const block = report.checks.find(({ check }) => check === 'public-access-block')?.fix?.json;
    assert.ok(block);
    if (!bucket.isGateway) {
      await bucket.directClient.send(
        new PutPublicAccessBlockCommand({ Bucket: bucket.name, PublicAccessBlockConfiguration: block }),
      );
    }
    const fixed = await doctor(bucket, ['--origin', SITE, '--fix']);
    assert.match(fixed.output, /^✓ cors-post: .* \(fixed\)$/m);
    assert.match(fixed.output, /^✓ lifecycle: .* \(fixed\)$/m);
    const after = await doctor(bucket, ['--origin', SITE, '--json']);
    const broken = (JSON.parse(after.output) as Report).checks.filter(({ state }) => state !== 'ok');
    // Ceph 16 refuses every PUT under BlockPublicAcls, so there the block stays open.
    assert.deepEqual(
      broken.map(({ check }) => check),
      bucket.isGateway ? ['public-access-block'] : [],
    );
    assert.equal(after.code, bucket.isGateway ? 1 : 0);
  });

  it('prints JSON that S3 accepts unchanged', async () => {
    await using bucket = await openBucket();
    const { output } = await doctor(bucket, ['--origin', SITE, '--json']);
    const { checks } = JSON.parse(output) as Report;
    const json = (name: string) => checks.find(({ check }) => check === name)?.fix?.json as never;
    const Bucket = bucket.name;
    await bucket.directClient.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: json('cors-post') }));
    await bucket.directClient.send(
      new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: json('lifecycle') }),
    );
    const applied = JSON.parse((await doctor(bucket, ['--origin', SITE, '--json'])).output) as Report;
    assert.deepEqual(
      applied.checks.filter(({ state }) => state !== 'ok').map(({ check }) => check),
      ['public-access-block'],
    );
  });

  it('uses SIGNER_ORIGINS by default', async () => {
    await using bucket = await openBucket();
    const { output } = await doctor(bucket, [], { SIGNER_ORIGINS: 'https://elsewhere.example' });
    assert.match(output, /refuses POST from https:\/\/elsewhere\.example/);
  });

  it('prints no secret and no signature', async () => {
    await using bucket = await openBucket();
    const { output } = await doctor(bucket, ['--origin', SITE]);
    assert.ok(!output.includes(bucket.credentials.secretAccessKey));
    assert.doesNotMatch(output, /X-Amz-Signature/i);
  });

  const invalid: [name: string, args: string[], env: Record<string, string>, message: RegExp][] = [
    ['an unknown option', ['--orign', SITE], {}, /--orign/],
    [
      'an origin with a path',
      ['--origin', `${SITE}/page`],
      {},
      /--origin must be an exact origin such as https:\/\/www\.example\.com/,
    ],
    ['no origin', [], {}, /--origin/],
    ['invalid settings', ['--origin', SITE], { S3_BUCKET: '' }, /S3_BUCKET: not set/],
  ];
  for (const [name, args, env, message] of invalid) {
    it(`exits with 2 for ${name}`, async () => {
      const { code, output } = await run(['doctor', ...args], {
        S3_BUCKET: 'uploads',
        AWS_REGION: 'us-east-1',
        ...env,
      });
      assert.equal(code, 2);
      assert.match(output, message);
    });
  }

  it('prints its options with --help', async () => {
    const { code, output } = await run(['doctor', '--help'], {});
    assert.equal(code, 0);
    assert.match(output, /--fix/);
  });
});

describe('s3-uploader-signer', () => {
  it('prints its version and its commands, and refuses an unknown command', async () => {
    assert.match((await run(['--version'], {})).output, /^\d+\.\d+\.\d+/);
    assert.match((await run(['--help'], {})).output, /doctor/);
    const { code, output } = await run(['docter'], {});
    assert.equal(code, 2);
    assert.match(output, /no command "docter"/);
  });
});

/** Runs the doctor with the signer's settings for this bucket. */
const doctor = (bucket: TestBucket, args: string[], env: Record<string, string> = {}) =>
  run(['doctor', ...args], { ...bucketEnv(bucket), ...env });

/** Runs the command, and returns its exit code and everything that it printed. */
async function run(args: string[], settings: Record<string, string>) {
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, NODE_NO_WARNINGS: '1', ...settings };
  const child = spawn(process.execPath, ['--import', 'tsx', CLI, ...args], { env });
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [out, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  return { code, output: out + errors };
}
