/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-assignment,
   @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-return
   -- the parsed templates have no types */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse as parseHcl } from '@cdktf/hcl2json';
import { parse as parseYaml, type CollectionTag, type ScalarTag } from 'yaml';

/** The settings that a deployment template makes, in the same shape for every language of templates. */
export interface Template {
  publicAccessBlock: unknown[];
  ownership: unknown;
  cors: { origins: unknown; methods: unknown; headers: unknown; exposed: unknown };
  /** The rule that aborts unfinished uploads. */
  orphanRule: { days: unknown; prefix: unknown };
  /** Days that versions are kept which are not the current one. */
  noncurrentDays: unknown;
  /** Statements of the signer's own policy on the bucket. */
  allowed: { effect: unknown; actions: unknown; resource: string }[];
  /** Statements of the bucket policy. */
  statements: Statement[];
  /** Accepts an origin of the pages. */
  origin: RegExp;
  /** Accepts the folder of all keys. */
  prefix: RegExp;
}

/** A statement of a bucket policy. */
export interface Statement {
  effect: unknown;
  principal: unknown;
  actions: unknown[];
  resources: string[];
  condition: { test: string; variable: string; value: string };
}

/** The path of a file of the signer. */
export const signerPath = (name: string): string => fileURLToPath(new URL(`../../signer/${name}`, import.meta.url));
/** The text of a file of the signer. */
export const readSignerFile = (name: string): string => readFileSync(signerPath(name), 'utf8');

/** Reads each template, by its name. */
export const TEMPLATES: Record<string, () => Promise<Template> | Template> = {
  CloudFormation: () => cloudFormation(readSignerFile('deploy/cloudformation.yaml')),
  Terraform: () => terraform(readSignerFile('deploy/terraform/main.tf')),
};

function cloudFormation(text: string): Template {
  const { Parameters, Resources } = parseTemplate(text);
  const { Bucket, BucketPolicy, Signer } = Resources;
  const block = Bucket.Properties.PublicAccessBlockConfiguration;
  const [cors] = Bucket.Properties.CorsConfiguration.CorsRules;
  const [rule, noncurrent] = Bucket.Properties.LifecycleConfiguration.Rules;
  const grants = (Signer.Properties.Policies as Any[])
    .flatMap(({ Statement }) => Statement as Any[])
    .filter(({ Action }) => String(Action).startsWith('s3:'));
  return {
    publicAccessBlock: [
      ...[block.BlockPublicAcls, block.IgnorePublicAcls],
      ...[block.BlockPublicPolicy, block.RestrictPublicBuckets],
    ],
    ownership: Bucket.Properties.OwnershipControls.Rules[0].ObjectOwnership,
    cors: {
      origins: cors.AllowedOrigins,
      methods: cors.AllowedMethods,
      headers: cors.AllowedHeaders,
      exposed: cors.ExposedHeaders,
    },
    orphanRule: {
      days: rule.Status === 'Enabled' && rule.AbortIncompleteMultipartUpload.DaysAfterInitiation,
      prefix: rule.Prefix,
    },
    noncurrentDays: noncurrent.Status === 'Enabled' && noncurrent.NoncurrentVersionExpiration.NoncurrentDays,
    allowed: grants.map(({ Effect, Action, Resource }) => ({
      effect: Effect,
      actions: Action,
      resource: String(Resource),
    })),
    statements: (BucketPolicy.Properties.PolicyDocument.Statement as Any[]).map((statement) => {
      const [[test, operands]] = Object.entries(statement.Condition as object) as [[string, object]];
      const [[variable, value]] = Object.entries(operands) as [[string, unknown]];
      return {
        effect: statement.Effect,
        principal: statement.Principal,
        actions: [statement.Action].flat(),
        resources: [statement.Resource].flat().map(String),
        condition: { test, variable, value: String(value) },
      };
    }),
    origin: whole(Parameters.Origins.AllowedPattern),
    prefix: whole(Parameters.Prefix.AllowedPattern),
  };
}

async function terraform(text: string): Promise<Template> {
  const { resource, data, variable, locals } = (await parseHcl('main.tf', text)) as Any;
  const only = (type: string) => resource[type].uploads[0];
  const block = only('aws_s3_bucket_public_access_block');
  const [cors] = only('aws_s3_bucket_cors_configuration').cors_rule;
  const [rule, noncurrent] = only('aws_s3_bucket_lifecycle_configuration').rule;
  const documents = data.aws_iam_policy_document;
  const patternOf = (name: string): RegExp => {
    const [, pattern = '$^'] = /regex\("([^"]+)"/.exec(String(variable[name][0].validation[0].condition)) ?? [];
    return new RegExp(pattern);
  };
  return {
    publicAccessBlock: [
      ...[block.block_public_acls, block.ignore_public_acls],
      ...[block.block_public_policy, block.restrict_public_buckets],
    ],
    ownership: only('aws_s3_bucket_ownership_controls').rule[0].object_ownership,
    cors: {
      origins: cors.allowed_origins,
      methods: cors.allowed_methods,
      headers: cors.allowed_headers,
      exposed: cors.expose_headers,
    },
    orphanRule: {
      days: rule.status === 'Enabled' && rule.abort_incomplete_multipart_upload[0].days_after_initiation,
      prefix: rule.filter[0].prefix,
    },
    noncurrentDays: noncurrent.status === 'Enabled' && noncurrent.noncurrent_version_expiration[0].noncurrent_days,
    allowed: (documents.signer[0].statement as Any[]).map(({ effect, actions, resources }) => ({
      effect,
      actions,
      resource: String(resources),
    })),
    statements: [
      ...(documents.bucket[0].statement as Any[]),
      ...(documents.bucket[0].dynamic.statement as Any[]).flatMap((block) => expand(block, locals[0])),
    ].map((statement: Any) => ({
      effect: statement.effect,
      principal: statement.principals[0].type === '*' && String(statement.principals[0].identifiers),
      actions: statement.actions,
      resources: statement.resources,
      condition: {
        test: statement.condition[0].test,
        variable: statement.condition[0].variable,
        value: String(statement.condition[0].values),
      },
    })),
    origin: patternOf('origins'),
    prefix: patternOf('prefix'),
  };
}

/** The blocks that a dynamic block of Terraform stands for. Its `for_each` is a local value. */
function expand({ for_each, content }: Any, locals: Any): Any[] {
  const [, name = ''] = /^\$\{local\.(\w+)\}$/.exec(String(for_each)) ?? [];
  return Object.entries(locals[name] as Record<string, string>).map(([key, value]) =>
    JSON.parse(JSON.stringify(content[0]).replaceAll('${statement.key}', key).replaceAll('${statement.value}', value)),
  );
}

/** A pattern that must match the whole text, as CloudFormation reads it. */
const whole = (pattern: unknown): RegExp => new RegExp(`^(?:${String(pattern)})$`);

type Any = any;

/** Parses a CloudFormation template. Its own YAML tags, such as `!Ref`, are replaced by their argument. */
export function parseTemplate(text: string): Any {
  const scalar = (tag: string): ScalarTag => ({ tag, resolve: (value) => value });
  const sequence = (tag: string): CollectionTag => ({ tag, collection: 'seq', resolve: (node) => node });
  const customTags = [...['!Ref', '!Sub', '!GetAtt'].map(scalar), ...['!Join', '!If', '!Not', '!Equals'].map(sequence)];
  return parseYaml(text, { customTags });
}
