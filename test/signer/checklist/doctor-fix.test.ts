import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  GetBucketCorsCommand,
  GetBucketLifecycleConfigurationCommand,
  PutBucketCorsCommand,
  PutBucketLifecycleConfigurationCommand,
  type CORSRule,
  type LifecycleRule,
} from '@aws-sdk/client-s3';
import { runDoctor } from '../../../signer/doctor/cli.ts';
import { diffJson } from '../../../signer/doctor/diff.ts';
import { ruleId } from '../../../signer/doctor/lifecycle.ts';
import { bucketEnv, openBucket, type TestBucket } from '../bucket.ts';

interface Report {
  checks: { check: string; state: string; fix?: { diff?: string } }[];
  changes: { checks: string[]; diff: string }[];
}

/** A rule of the company that owns the bucket. */
const COMPANY_CORS: CORSRule = { ID: 'own', AllowedOrigins: ['https://own.example'], AllowedMethods: ['GET'] };
const COMPANY_EXPIRY: LifecycleRule = {
  ...{ ID: 'logs', Status: 'Enabled', Filter: { Prefix: 'logs/' }, Expiration: { Days: 9 } },
};

describe('doctor --fix for several sites that share a bucket', () => {
  /** Runs the doctor for one site, and returns everything that it printed, in order. */
  async function doctor(bucket: TestBucket, origin: string, prefix: string, ...options: string[]): Promise<string> {
    const printed: string[] = [];
    const args = ['--origin', origin, ...options];
    await runDoctor(args, { ...bucketEnv(bucket), SIGNER_PREFIX: prefix }, (text) => printed.push(text));
    return printed.join('\n');
  }

  const reportOf = async (...args: Parameters<typeof doctor>) => JSON.parse(await doctor(...args)) as Report;

  async function rulesOf({ directClient, name: Bucket }: TestBucket) {
    const { CORSRules = [] } = await directClient.send(new GetBucketCorsCommand({ Bucket }));
    const { Rules = [] } = await directClient.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
    return { cors: CORSRules, lifecycle: Rules };
  }

  async function openSharedBucket(): Promise<TestBucket> {
    const bucket = await openBucket();
    const { directClient, name: Bucket } = bucket;
    await directClient.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: [COMPANY_CORS] } }));
    const LifecycleConfiguration = { Rules: [COMPANY_EXPIRY] };
    await directClient.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }));
    return bucket;
  }

  const changesOfBucket = ({ proxy }: TestBucket) =>
    proxy.requests.filter(({ method, path }) => method === 'PUT' && /\?(cors|lifecycle)/.test(path)).length;

  it('keeps the origins, folders and rules of the other sites and of the company', async () => {
    await using bucket = await openSharedBucket();
    await doctor(bucket, 'https://one.example', 'one/', '--fix');
    await doctor(bucket, 'https://two.example', 'two/', '--fix');
    await doctor(bucket, 'https://three.example', 'two/sub/', '--fix');
    const { cors, lifecycle } = await rulesOf(bucket);
    assert.deepEqual(
      // Ceph returns the origins of a rule in an order of its own.
      cors.map(({ ID, AllowedOrigins }) => [ID, new Set(AllowedOrigins)]),
      [
        ['s3-uploader', new Set(['https://one.example', 'https://two.example', 'https://three.example'])],
        ['own', new Set(['https://own.example'])],
      ],
    );
    assert.deepEqual(
      // The rule of two/ covers two/sub/.
      new Map(lifecycle.map(({ ID, Filter }) => [ID, Filter?.Prefix])),
      new Map([
        ['logs', 'logs/'],
        ['s3-uploader-orphaned-parts-one', 'one/'],
        ['s3-uploader-orphaned-parts-two', 'two/'],
      ]),
    );
    for (const [origin, prefix] of [
      ['https://one.example', 'one/'],
      ['https://two.example', 'two/'],
      ['https://three.example', 'two/sub/'],
    ] as const) {
      const { checks } = await reportOf(bucket, origin, prefix, '--json');
      const states = checks.filter(({ check }) => /^(cors-|lifecycle)/.test(check)).map(({ state }) => state);
      assert.deepEqual(states, ['ok', 'ok', 'ok', 'ok'], origin);
    }
  });

  it('changes nothing when it runs again', async () => {
    await using bucket = await openSharedBucket();
    await doctor(bucket, 'https://one.example', 'one/', '--fix');
    await doctor(bucket, 'https://two.example', 'two/', '--fix');
    const before = await rulesOf(bucket);
    const count = changesOfBucket(bucket);
    assert.equal(count, 4);
    const { changes } = await reportOf(bucket, 'https://one.example', 'one/', '--fix', '--json');
    assert.deepEqual(changes, []);
    await doctor(bucket, 'https://two.example', 'two/', '--fix');
    assert.equal(changesOfBucket(bucket), count);
    assert.deepEqual(await rulesOf(bucket), before);
  });

  it('prints each change before it makes it', async () => {
    await using bucket = await openSharedBucket();
    await doctor(bucket, 'https://one.example', 'one/', '--fix');
    const countAtPrint: number[] = [];
    const printed: string[] = [];
    const before = changesOfBucket(bucket);
    await runDoctor(
      ['--origin', 'https://two.example', '--fix'],
      { ...bucketEnv(bucket), SIGNER_PREFIX: 'two/' },
      (text) => {
        if (!text.startsWith('~ ')) return;
        printed.push(text);
        countAtPrint.push(changesOfBucket(bucket) - before);
      },
    );
    assert.deepEqual(countAtPrint, [0, 1]);
    const [cors = '', lifecycle = ''] = printed;
    assert.match(cors, /^~ cors-post, cors-put, cors-expose: --fix changes the bucket\n/);
    assert.deepEqual(cors.match(/^ {4}[+-] .*$/gm), [
      '    -         "https://one.example"',
      '    +         "https://one.example",',
      '    +         "https://two.example"',
    ]);
    assert.match(lifecycle, /^ {4}\+ .*"ID": "s3-uploader-orphaned-parts-two"/m);
    assert.doesNotMatch(lifecycle, /^ {4}- .*"(ID|Prefix)"/m);
  });

  it('has the changes in its JSON, and without --fix the differences that it would make', async () => {
    await using bucket = await openSharedBucket();
    const { checks, changes: none } = await reportOf(bucket, 'https://one.example', 'one/', '--json');
    assert.deepEqual(none, []);
    assert.equal(changesOfBucket(bucket), 0);
    const diffOf = (name: string) => checks.find(({ check }) => check === name)?.fix?.diff;
    const { changes } = await reportOf(bucket, 'https://one.example', 'one/', '--fix', '--json');
    assert.deepEqual(changes, [
      { checks: ['cors-post', 'cors-put', 'cors-expose'], diff: diffOf('cors-post') },
      { checks: ['lifecycle'], diff: diffOf('lifecycle') },
    ]);
    assert.match(changes[0]?.diff ?? '', /^\+ .*"https:\/\/one\.example"/m);
  });

  it('enables and shortens the rule of its own folder, and keeps what else that rule does', async () => {
    await using bucket = await openSharedBucket();
    const { directClient, name: Bucket } = bucket;
    const own: LifecycleRule = {
      ...{ ID: 's3-uploader-orphaned-parts', Status: 'Disabled', Filter: { Prefix: 'one/' } },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 30 },
      Expiration: { Days: 365 },
    };
    const LifecycleConfiguration = { Rules: [COMPANY_EXPIRY, own] };
    await directClient.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }));
    await doctor(bucket, 'https://one.example', 'one/', '--fix');
    const { lifecycle } = await rulesOf(bucket);
    assert.equal(lifecycle.length, 2);
    const fixed = lifecycle.find(({ ID }) => ID === own.ID);
    assert.deepEqual(
      [fixed?.Status, fixed?.AbortIncompleteMultipartUpload?.DaysAfterInitiation, fixed?.Expiration?.Days],
      ['Enabled', 7, 365],
    );
  });

  it('adds a rule beside one that has its id and another folder', async () => {
    await using bucket = await openSharedBucket();
    const { directClient, name: Bucket } = bucket;
    const taken: LifecycleRule = {
      ...{ ID: ruleId('one/'), Status: 'Enabled', Filter: { Prefix: 'elsewhere/' }, Expiration: { Days: 1 } },
    };
    const LifecycleConfiguration = { Rules: [taken] };
    await directClient.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }));
    await doctor(bucket, 'https://one.example', 'one/', '--fix');
    const { lifecycle } = await rulesOf(bucket);
    assert.deepEqual(
      new Map(lifecycle.map(({ ID, Filter }) => [ID, Filter?.Prefix])),
      new Map([
        [ruleId('one/'), 'elsewhere/'],
        [`${ruleId('one/')}-2`, 'one/'],
      ]),
    );
  });
});

describe('the id of a lifecycle rule', () => {
  it('differs for each folder, and is short enough for S3', () => {
    const folders = ['', 'a/', 'a/b/', 'a-b/', `${'long/'.repeat(100)}`, `${'long/'.repeat(101)}`];
    const ids = folders.map(ruleId);
    assert.equal(new Set(ids).size, folders.length);
    assert.equal(ids[0], 's3-uploader-orphaned-parts');
    for (const id of ids) assert.ok(id.length <= 255, id);
  });
});

describe('the difference of two documents', () => {
  it('has the lines that were added and removed, and a few around them', () => {
    const rules = Array.from({ length: 20 }, (_, number) => `rule ${number}`);
    assert.equal(diffJson(rules, rules), '');
    assert.equal(diffJson(undefined, ['a']), '+ [\n+   "a"\n+ ]');
    const diff = diffJson(rules, [...rules.slice(0, 10), 'new', ...rules.slice(11)]).split('\n');
    assert.deepEqual(
      diff.filter((line) => !line.startsWith(' ')),
      ['-   "rule 10",', '+   "new",'],
    );
    assert.deepEqual([diff[0], diff.at(-1), diff.length], ['  …', '  …', 10]);
  });
});
