import { createHmac } from 'node:crypto';

/** Who signs a policy, where, and when. */
export interface PolicySigner {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
  region: string;
  date: Date;
}

/** `yyyymmddThhmmssZ` */
export const amzDate = (date: Date): string => date.toISOString().replace(/[-:]|\.\d+/g, '');

export const credentialOf = ({ accessKeyId, region, date }: PolicySigner): string =>
  `${accessKeyId}/${amzDate(date).slice(0, 8)}/${region}/s3/aws4_request`;

/** The signature of a policy's Base64 text, written down from AWS's description and proved by its published example. */
export function policySignature(base64: string, { secretAccessKey, region, date }: PolicySigner): string {
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const day = hmac(`AWS4${secretAccessKey}`, amzDate(date).slice(0, 8));
  const key = hmac(hmac(hmac(day, region), 's3'), 'aws4_request');
  return hmac(key, base64).toString('hex');
}

/** Fields that name the signer. Each needs its condition in the policy. */
export function signerFields(signer: PolicySigner): Record<string, string> {
  return {
    'x-amz-algorithm': 'AWS4-HMAC-SHA256',
    'x-amz-credential': credentialOf(signer),
    'x-amz-date': amzDate(signer.date),
    ...(signer.sessionToken !== undefined && { 'x-amz-security-token': signer.sessionToken }),
  };
}

/** The fields `policy` and `x-amz-signature` for a policy document, which may be any text at all. */
export function signedPolicy(document: string, signer: PolicySigner): { policy: string; 'x-amz-signature': string } {
  const policy = Buffer.from(document).toString('base64');
  return { policy, 'x-amz-signature': policySignature(policy, signer) };
}
