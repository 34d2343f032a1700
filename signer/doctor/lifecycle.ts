import {
  GetBucketLifecycleConfigurationCommand,
  PutBucketLifecycleConfigurationCommand,
  type LifecycleRule,
  type TransitionDefaultMinimumObjectSize,
} from '@aws-sdk/client-s3';
import { broken, ok, unproved, type Finding, type Target } from './finding.ts';
import { doctorPolicyFix } from './permissions.ts';
import { failureOf, isDenied, messageOf } from './s3-failure.ts';

/**
 * Days that unfinished uploads are kept: as long as a ticket lasts, so that a visitor can resume. AWS's own example uses 7.
 */
const MAX_ORPHAN_DAYS = 7;

/** The id of the signer's rule. */
const RULE_ID = 's3-uploader-orphaned-parts';

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
  const LifecycleConfiguration = {
    Rules: [
      ...rules.filter(({ ID }) => ID !== RULE_ID),
      {
        ID: RULE_ID,
        Status: 'Enabled' as const,
        Filter: { Prefix: prefix },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: MAX_ORPHAN_DAYS },
      },
    ],
  };
  // This setting belongs to the whole configuration. If it is left out, S3 resets it to its default.
  const kept = minimumSize && { TransitionDefaultMinimumObjectSize: minimumSize };
  const option = minimumSize ? ` --transition-default-minimum-object-size ${minimumSize}` : '';
  const put = { Bucket: bucket, LifecycleConfiguration, ...kept };
  return [
    broken(check, reason, {
      what: 'Apply this lifecycle configuration to the bucket.',
      json: LifecycleConfiguration,
      command: `aws s3api put-bucket-lifecycle-configuration --bucket ${bucket} --lifecycle-configuration file://lifecycle.json${option}`,
      apply: () => client.send(new PutBucketLifecycleConfigurationCommand(put)),
    }),
  ];
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

const prefixOf = ({ Filter, Prefix }: LifecycleRule & { Prefix?: string }): string =>
  Filter?.Prefix ?? Filter?.And?.Prefix ?? Prefix ?? '';
