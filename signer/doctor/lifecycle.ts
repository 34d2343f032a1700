import { createHash } from 'node:crypto';
import {
  GetBucketLifecycleConfigurationCommand,
  PutBucketLifecycleConfigurationCommand,
  type LifecycleRule,
  type TransitionDefaultMinimumObjectSize,
} from '@aws-sdk/client-s3';
import { diffJson } from './diff.ts';
import { broken, ok, unproved, type Finding, type Target } from './finding.ts';
import { doctorPolicyFix } from './permissions.ts';
import { failureOf, isDenied, messageOf } from './s3-failure.ts';

/**
 * Days that unfinished uploads are kept: as long as a ticket lasts, so that a visitor can resume. AWS's own example uses 7.
 */
const MAX_ORPHAN_DAYS = 7;

/** The id of the rules that this signer and its templates add. That of a folder also has the folder's name. */
const RULE_ID = 's3-uploader-orphaned-parts';

/** Maximum characters: https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html */
const MAX_ID_CHARACTERS = 255;

/** Checks that a rule aborts unfinished uploads. Without one, their parts stay in the bucket, invisible and charged for. */
export async function checkLifecycle(target: Target): Promise<Finding[]> {
  const { client, bucket, prefix } = target;
  const check = 'lifecycle';
  let rules: LifecycleRule[] = [];
  let minimumSize: TransitionDefaultMinimumObjectSize | undefined;
  try {
    const configuration = await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: bucket }));
    ({ Rules: rules = [], TransitionDefaultMinimumObjectSize: minimumSize } = configuration);
  } catch (error) {
    const failure = failureOf(error);
    if (isDenied(failure)) {
      const fix = doctorPolicyFix(target, 's3:GetLifecycleConfiguration');
      return [unproved(check, `these credentials cannot read the lifecycle rules: ${messageOf(failure)}`, fix)];
    }
    if (failure.code !== 'NoSuchLifecycleConfiguration') return [broken(check, messageOf(failure))];
  }
  const reason = faultOf(rules, prefix);
  if (!reason) return [ok(check, `unfinished uploads are aborted within ${MAX_ORPHAN_DAYS} days`)];
  const LifecycleConfiguration = { Rules: withAbortRule(rules, prefix) };
  // This setting belongs to the whole configuration. If it is left out, S3 resets it to its default.
  const kept = minimumSize && { TransitionDefaultMinimumObjectSize: minimumSize };
  const option = minimumSize ? ` --transition-default-minimum-object-size ${minimumSize}` : '';
  const put = { Bucket: bucket, LifecycleConfiguration, ...kept };
  return [
    broken(check, reason, {
      what: 'Apply this lifecycle configuration to the bucket.',
      json: LifecycleConfiguration,
      diff: diffJson(rules.length > 0 ? { Rules: rules } : undefined, LifecycleConfiguration),
      command: `aws s3api put-bucket-lifecycle-configuration --bucket ${bucket} --lifecycle-configuration file://lifecycle.json${option}`,
      apply: () => client.send(new PutBucketLifecycleConfigurationCommand(put)),
    }),
  ];
}

/** The rules, with one that aborts this folder's unfinished uploads. Each signer has its own rule, so that none removes another's. */
function withAbortRule(rules: readonly LifecycleRule[], prefix: string): LifecycleRule[] {
  const isOwn = (rule: LifecycleRule): boolean =>
    (rule.ID === RULE_ID || rule.ID === ruleId(prefix)) && prefixOf(rule) === prefix;
  const own = rules.find(isOwn);
  const days = Math.min(own?.AbortIncompleteMultipartUpload?.DaysAfterInitiation ?? Infinity, MAX_ORPHAN_DAYS);
  const enabled = { Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: days } } as const;
  if (own) return rules.map((rule) => (rule === own ? { ...own, ...enabled } : rule));
  // S3 refuses a configuration that has the older form with a Prefix next to the newer one with a Filter.
  const where = rules.some(({ Filter, Prefix }) => !Filter && Prefix !== undefined)
    ? { Prefix: prefix }
    : { Filter: { Prefix: prefix } };
  return [...rules, { ID: freeId(rules, prefix), ...where, ...enabled }];
}

/** The id of a folder's rule. */
export function ruleId(prefix: string): string {
  const folder = prefix.replace(/\/$/, '');
  if (!folder) return RULE_ID;
  const id = `${RULE_ID}-${folder}`;
  return id.length <= MAX_ID_CHARACTERS ? id : `${RULE_ID}-${createHash('sha256').update(prefix).digest('hex')}`;
}

/** The id of a folder's rule, with a number if a rule of another folder has it. */
function freeId(rules: readonly LifecycleRule[], prefix: string): string {
  const taken = new Set(rules.map(({ ID }) => ID));
  let id = ruleId(prefix);
  for (let number = 2; taken.has(id); number++) id = `${ruleId(prefix)}-${number}`;
  return id;
}

/** Why the rules do not abort unfinished uploads in time; undefined if they do. */
function faultOf(rules: readonly LifecycleRule[], prefix: string): string | undefined {
  const aborting = rules.filter((rule) => rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation !== undefined);
  if (aborting.length === 0) return 'no rule aborts unfinished multipart uploads';
  const enabled = aborting.filter(({ Status }) => Status === 'Enabled');
  if (enabled.length === 0) return 'the rule that aborts unfinished multipart uploads is disabled';
  const covering = enabled.filter((rule) => prefix.startsWith(prefixOf(rule)));
  if (covering.length === 0) return `no rule aborts unfinished multipart uploads under "${prefix}"`;
  const days = Math.min(
    ...covering.map((rule) => rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation ?? Infinity),
  );
  return days > MAX_ORPHAN_DAYS ? `unfinished uploads are kept for ${days} days` : undefined;
}

const prefixOf = ({ Filter, Prefix }: LifecycleRule): string => Filter?.Prefix ?? Filter?.And?.Prefix ?? Prefix ?? '';
