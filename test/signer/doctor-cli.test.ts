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
import { openBucket, type LiveBucket } from './bucket.ts';

const CLI = fileURLToPath(new URL('../../signer/platforms/node/cli.ts', import.meta.url));
const SITE = 'https://site.example';

interface Report {
  healthy: boolean;
  error?: string;
  checks: { check: string; state: string; mend?: { json?: Record<string, unknown> } }[];
}

describe('s3-uploader-signer doctor', () => {
  it('exits with 1 and prints what mends the bucket, mends it with --fix, and then exits with 0', async () => {
    const live = await openBucket();
    try {
      const sick = await doctor(live, ['--origin', SITE]);
      assert.equal(sick.code, 1);
      assert.match(sick.output, /^✓ credentials: /m);
      assert.match(sick.output, /^✗ cors-post: /m);
      assert.equal(sick.output.match(/"AllowedMethods"/g)?.length, 1, 'one mend for three findings is printed once');
      assert.match(sick.output, /^✗ lifecycle: /m);

      // The public-access block it prints, but leaves to the owner to apply.
      const all = await doctor(live, ['--origin', SITE, '--json']);
      const report = JSON.parse(all.output) as Report;
      assert.equal(report.healthy, false);
      const block = report.checks.find(({ check }) => check === 'public-access-block')?.mend?.json;
      assert.ok(block);
      if (!live.isGateway) {
        await live.owner.send(
          new PutPublicAccessBlockCommand({ Bucket: live.bucket, PublicAccessBlockConfiguration: block }),
        );
      }
      const mended = await doctor(live, ['--origin', SITE, '--fix']);
      assert.match(mended.output, /^✓ cors-post: .* \(mended\)$/m);
      assert.match(mended.output, /^✓ lifecycle: .* \(mended\)$/m);
      const well = await doctor(live, ['--origin', SITE, '--json']);
      const broken = (JSON.parse(well.output) as Report).checks.filter(({ state }) => state !== 'ok');
      // Ceph 16 refuses every PUT under BlockPublicAcls, so there the block stays open.
      assert.deepEqual(
        broken.map(({ check }) => check),
        live.isGateway ? ['public-access-block'] : [],
      );
      assert.equal(well.code, live.isGateway ? 1 : 0);
    } finally {
      await live.close();
    }
  });

  it('prints JSON that S3 takes as it stands', async () => {
    const live = await openBucket();
    try {
      const { output } = await doctor(live, ['--origin', SITE, '--json']);
      const { checks } = JSON.parse(output) as Report;
      const json = (name: string) => checks.find(({ check }) => check === name)?.mend?.json as never;
      const Bucket = live.bucket;
      await live.owner.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: json('cors-post') }));
      await live.owner.send(
        new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: json('lifecycle') }),
      );
      const after = JSON.parse((await doctor(live, ['--origin', SITE, '--json'])).output) as Report;
      assert.deepEqual(
        after.checks.filter(({ state }) => state !== 'ok').map(({ check }) => check),
        ['public-access-block'],
      );
    } finally {
      await live.close();
    }
  });

  it('takes the pages from SIGNER_ORIGINS', async () => {
    const live = await openBucket();
    try {
      const { output } = await doctor(live, [], { SIGNER_ORIGINS: 'https://elsewhere.example' });
      assert.match(output, /refuses POST from https:\/\/elsewhere\.example/);
    } finally {
      await live.close();
    }
  });

  it('tells no secret', async () => {
    const live = await openBucket();
    try {
      const { output } = await doctor(live, ['--origin', SITE]);
      assert.ok(!output.includes(live.credentials.secretAccessKey));
      assert.doesNotMatch(output, /X-Amz-Signature/i);
    } finally {
      await live.close();
    }
  });

  const wrong: [name: string, args: string[], env: Record<string, string>, says: RegExp][] = [
    ['an unknown option', ['--orign', SITE], {}, /--orign/],
    ['an origin that is a page', ['--origin', `${SITE}/page`], {}, /must be like https:\/\/www\.example\.com/],
    ['no origin', [], {}, /--origin/],
    ['settings that cannot be read', ['--origin', SITE], { S3_BUCKET: '' }, /S3_BUCKET: not set/],
  ];
  for (const [name, args, env, says] of wrong) {
    it(`exits with 2 for ${name}`, async () => {
      const { code, output } = await run(['doctor', ...args], {
        S3_BUCKET: 'uploads',
        AWS_REGION: 'us-east-1',
        ...env,
      });
      assert.equal(code, 2);
      assert.match(output, says);
    });
  }

  it('explains itself', async () => {
    const { code, output } = await run(['doctor', '--help'], {});
    assert.equal(code, 0);
    assert.match(output, /--fix/);
  });
});

describe('s3-uploader-signer', () => {
  it('tells its version, its commands, and which it does not know', async () => {
    assert.match((await run(['--version'], {})).output, /^\d+\.\d+\.\d+/);
    assert.match((await run(['--help'], {})).output, /doctor/);
    const { code, output } = await run(['docter'], {});
    assert.equal(code, 2);
    assert.match(output, /no command "docter"/);
  });
});

const doctor = ({ bucket, region, credentials, proxy }: LiveBucket, args: string[], env = {}) =>
  run(['doctor', ...args], {
    S3_BUCKET: bucket,
    AWS_REGION: region,
    AWS_ENDPOINT_URL_S3: proxy.url,
    S3_FORCE_PATH_STYLE: '1',
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...env,
  });

async function run(args: string[], settings: Record<string, string>) {
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, NODE_NO_WARNINGS: '1', ...settings };
  const child = spawn(process.execPath, ['--import', 'tsx', CLI, ...args], { env });
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [out, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  return { code, output: out + errors };
}
