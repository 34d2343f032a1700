import {
  GetBucketLifecycleConfigurationCommand,
  PutBucketLifecycleConfigurationCommand,
  type LifecycleRule,
  type TransitionDefaultMinimumObjectSize,
} from '@aws-sdk/client-s3';
import { failure, isDenied, said } from './failure.ts';
import { broken, ok, unproved, type Finding, type Patient } from './finding.ts';
import { inspect } from './permissions.ts';

/** Days. A visitor may come back for an upload within them; AWS's own example has the same. */
const ORPHANS_LIVE = 7;

const RULE = 's3-uploader-orphaned-parts';

/** Parts of an upload that nobody finishes are stored, unseen and paid for, until a rule aborts it. */
export async function checkLifecycle(patient: Patient): Promise<Finding[]> {
  const { client, bucket, prefix } = patient;
  const check = 'lifecycle';
  let rules: LifecycleRule[] = [];
  let smallest: TransitionDefaultMinimumObjectSize | undefined;
  try {
    const answer = await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: bucket }));
    ({ Rules: rules = [], TransitionDefaultMinimumObjectSize: smallest } = answer);
  } catch (error) {
    const found = failure(error);
    if (isDenied(found)) {
      const mend = inspect(patient, 's3:GetLifecycleConfiguration');
      return [unproved(check, `these credentials cannot read the lifecycle rules: ${said(found)}`, mend)];
    }
    if (found.code !== 'NoSuchLifecycleConfiguration') return [broken(check, said(found))];
  }
  const why = shortcoming(rules, prefix);
  if (!why) return [ok(check, `unfinished uploads are aborted within ${ORPHANS_LIVE} days`)];
  const LifecycleConfiguration = {
    Rules: [
      ...rules.filter(({ ID }) => ID !== RULE),
      {
        ID: RULE,
        Status: 'Enabled' as const,
        Filter: { Prefix: prefix },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: ORPHANS_LIVE },
      },
    ],
  };
  // It goes for the whole configuration: what is put without it falls back to S3's default.
  const kept = smallest && { TransitionDefaultMinimumObjectSize: smallest };
  const option = smallest ? ` --transition-default-minimum-object-size ${smallest}` : '';
  const put = { Bucket: bucket, LifecycleConfiguration, ...kept };
  return [
    broken(check, why, {
      what: 'Give the bucket this lifecycle configuration.',
      json: LifecycleConfiguration,
      command: `aws s3api put-bucket-lifecycle-configuration --bucket ${bucket} --lifecycle-configuration file://lifecycle.json${option}`,
      apply: () => client.send(new PutBucketLifecycleConfigurationCommand(put)),
    }),
  ];
}

function shortcoming(rules: readonly LifecycleRule[], prefix: string): string | undefined {
  const aborting = rules.filter((rule) => rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation !== undefined);
  if (aborting.length === 0) return 'no rule aborts unfinished multipart uploads';
  const enabled = aborting.filter(({ Status }) => Status === 'Enabled');
  if (enabled.length === 0) return 'the rule that aborts unfinished multipart uploads is disabled';
  const covering = enabled.filter((rule) => prefix.startsWith(prefixOf(rule)));
  if (covering.length === 0) return `no rule aborts unfinished multipart uploads under "${prefix}"`;
  const days = Math.min(
    ...covering.map((rule) => rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation ?? Infinity),
  );
  return days > ORPHANS_LIVE ? `unfinished uploads are kept for ${days} days` : undefined;
}

const prefixOf = ({ Filter, Prefix }: LifecycleRule & { Prefix?: string }): string =>
  Filter?.Prefix ?? Filter?.And?.Prefix ?? Prefix ?? '';
