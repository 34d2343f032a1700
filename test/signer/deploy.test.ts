/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-assignment,
   @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-return
   -- the templates are asserted on member by member */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it, test } from 'node:test';
import { parse as parseHcl } from '@cdktf/hcl2json';
import { parse as parseYaml, type CollectionTag, type ScalarTag } from 'yaml';
import { corsRule, EXPOSED } from '../../signer/doctor/cors.ts';
import { SIGNER_ACTIONS } from '../../signer/doctor/permissions.ts';
import { readSettings } from '../../signer/settings.ts';

/** What a template sets up, in one shape whatever it is written in. */
interface Bucket {
  publicAccessBlock: unknown[];
  ownership: unknown;
  cors: { methods: unknown; headers: unknown; exposed: unknown };
  orphansLiveDays: unknown;
  allowed: { actions: unknown; resource: string }[];
  signatureAge: { effect: unknown; actions: unknown; test: unknown; milliseconds: number };
}

const read = (file: string) => readFileSync(new URL(`../../signer/${file}`, import.meta.url), 'utf8');

const TEMPLATES: Record<string, () => Promise<Bucket> | Bucket> = {
  CloudFormation: () => cloudFormation(read('deploy/cloudformation.yaml')),
  Terraform: () => terraform(read('deploy/terraform/main.tf')),
};

for (const [name, template] of Object.entries(TEMPLATES)) {
  describe(`S-20 the ${name} template`, () => {
    it('lets the signer do the least it needs, in its folder alone', async () => {
      const { allowed } = await template();
      assert.equal(allowed.length, 1);
      assert.deepEqual(new Set(allowed[0]!.actions as string[]), new Set(SIGNER_ACTIONS));
      assert.match(allowed[0]!.resource, /[Bb]ucket.*\/.*[Pp]refix.*\*$/);
    });

    it('shuts the bucket to the public and to ACLs', async () => {
      const { publicAccessBlock, ownership } = await template();
      assert.deepEqual(publicAccessBlock, [true, true, true, true]);
      assert.equal(ownership, 'BucketOwnerEnforced');
    });

    it('refuses signatures older than 15 minutes, whoever made them', async () => {
      const { signatureAge } = await template();
      assert.deepEqual(signatureAge, {
        effect: 'Deny',
        actions: ['s3:PutObject'],
        test: 'NumericGreaterThan',
        milliseconds: 900_000,
      });
    });

    it('ends orphaned uploads within a week', async () => {
      assert.equal((await template()).orphansLiveDays, 7);
    });

    it('has the CORS rule of the doctor', async () => {
      const { AllowedMethods, AllowedHeaders } = corsRule([]);
      assert.deepEqual((await template()).cors, { methods: AllowedMethods, headers: AllowedHeaders, exposed: EXPOSED });
    });
  });
}

test('the CloudFormation template gives the function settings that the signer takes, and none it does not know', () => {
  const { Resources } = yaml(read('deploy/cloudformation.yaml'));
  const { Variables } = Resources.Signer.Properties.Environment as { Variables: Record<string, unknown> };
  const env: Record<string, string> = { AWS_REGION: 'eu-central-1', ...given(Variables) };
  assert.equal(readSettings({ ...env, SIGNER_AUTH: 'public' }).config.bucket, 'uploads');
});

test('the Worker’s settings are those that the signer takes, but for the secrets', () => {
  const toml = read('deploy/wrangler.toml');
  const env = Object.fromEntries([...toml.matchAll(/^([A-Z0-9_]+) = "(.*)"$/gm)].map((m) => [m[1]!, m[2]!]));
  const secrets = { AWS_SECRET_ACCESS_KEY: 'x'.repeat(32), SIGNER_SECRET: 'x'.repeat(32) };
  const { config, auth } = readSettings({ ...env, ...secrets });
  assert.deepEqual([config.method, auth.mode], ['put', 'jwt']);
  assert.match(toml, /^compatibility_flags = \["nodejs_compat"\]$/m);
});

test('the container has no shell and no root, and its base has a version', () => {
  const lines = read('Containerfile')
    .split('\n')
    .filter((line) => /^[A-Z]+ /.test(line));
  const bases = lines.filter((line) => line.startsWith('FROM '));
  assert.match(bases.at(-1)!, /gcr\.io\/distroless\/.*:nonroot$/);
  for (const base of bases) assert.doesNotMatch(base, /:latest|^FROM [^:]+( |$)/);
  const last = lines.slice(lines.indexOf(bases.at(-1)!));
  assert.ok(last.includes('USER nonroot'));
  assert.ok(!last.some((line) => line.startsWith('RUN ')), 'nothing is run where there is no shell');
  assert.doesNotMatch(lines.join('\n'), /SECRET|ACCESS_KEY/);
});

function cloudFormation(text: string): Bucket {
  const { Resources } = yaml(text);
  const { Bucket, BucketPolicy, Signer } = Resources;
  const block = Bucket.Properties.PublicAccessBlockConfiguration;
  const [cors] = Bucket.Properties.CorsConfiguration.CorsRules;
  const [rule] = Bucket.Properties.LifecycleConfiguration.Rules;
  const statements = BucketPolicy.Properties.PolicyDocument.Statement as Any[];
  const [age] = statements.filter(({ Condition }) => JSON.stringify(Condition).includes('signatureAge'));
  const grants = (Signer.Properties.Policies as Any[]).flatMap(({ Statement }) => Statement as Any[]);
  assert.ok(
    [...statements].every(({ Effect }) => Effect === 'Deny'),
    'the bucket policy grants nothing',
  );
  return {
    publicAccessBlock: [
      ...[block.BlockPublicAcls, block.IgnorePublicAcls],
      ...[block.BlockPublicPolicy, block.RestrictPublicBuckets],
    ],
    ownership: Bucket.Properties.OwnershipControls.Rules[0].ObjectOwnership,
    cors: { methods: cors.AllowedMethods, headers: cors.AllowedHeaders, exposed: cors.ExposedHeaders },
    orphansLiveDays: rule.Status === 'Enabled' && rule.AbortIncompleteMultipartUpload.DaysAfterInitiation,
    allowed: grants.map(({ Action, Resource }) => ({ actions: Action, resource: String(Resource) })),
    signatureAge: {
      effect: age.Effect,
      actions: [age.Action].flat(),
      test: Object.keys(age.Condition as object)[0],
      milliseconds: Number(Object.values(age.Condition as Record<string, Any>)[0]['s3:signatureAge']),
    },
  };
}

async function terraform(text: string): Promise<Bucket> {
  const { resource, data } = (await parseHcl('main.tf', text)) as Any;
  const only = (type: string) => resource[type].uploads[0];
  const block = only('aws_s3_bucket_public_access_block');
  const [cors] = only('aws_s3_bucket_cors_configuration').cors_rule;
  const [rule] = only('aws_s3_bucket_lifecycle_configuration').rule;
  const documents = data.aws_iam_policy_document;
  const [age] = (documents.bucket[0].statement as Any[]).filter(({ condition }) =>
    JSON.stringify(condition).includes('signatureAge'),
  );
  assert.ok((documents.bucket[0].statement as Any[]).every(({ effect }) => effect === 'Deny'));
  return {
    publicAccessBlock: [
      ...[block.block_public_acls, block.ignore_public_acls],
      ...[block.block_public_policy, block.restrict_public_buckets],
    ],
    ownership: only('aws_s3_bucket_ownership_controls').rule[0].object_ownership,
    cors: { methods: cors.allowed_methods, headers: cors.allowed_headers, exposed: cors.expose_headers },
    orphansLiveDays: rule.status === 'Enabled' && rule.abort_incomplete_multipart_upload[0].days_after_initiation,
    allowed: (documents.signer[0].statement as Any[]).map(({ actions, resources }) => ({
      actions,
      resource: String(resources[0]),
    })),
    signatureAge: {
      effect: age.effect,
      actions: age.actions,
      test: age.condition[0].test,
      milliseconds: Number(age.condition[0].values[0]),
    },
  };
}

type Any = any;

/** CloudFormation's own tags stand for what they name. */
function yaml(text: string): Any {
  const scalar = (tag: string): ScalarTag => ({ tag, resolve: (value) => value });
  const sequence: CollectionTag = { tag: '!Join', collection: 'seq', resolve: (node) => node };
  return parseYaml(text, { customTags: [scalar('!Ref'), scalar('!Sub'), scalar('!GetAtt'), sequence] });
}

/** As after deployment: what refers to something has a value. */
const given = (variables: Record<string, unknown>): Record<string, string> => {
  const values: Record<string, string> = {
    SIGNER_PREFIX: 'uploads/',
    SIGNER_ORIGINS: 'https://www.example.com',
    SIGNER_MAX_FILE_SIZE: '1GiB',
    SIGNER_SECRET: 'x'.repeat(64),
    S3_BUCKET: 'uploads',
  };
  return Object.fromEntries(Object.keys(variables).map((name) => [name, values[name] ?? '']));
};
