import { bucketUrl, timeoutSignal } from './bucket-url.ts';
import { broken, ok, unproved, type Finding, type Target } from './finding.ts';
import { failureOf } from './s3-failure.ts';

/** Seconds. The element treats a signature as expired a minute early, so a smaller difference of the clocks has no effect. */
const TOLERATED_SKEW_SECONDS = 60;
/** Seconds. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, RequestTimeTooSkewed */
const MAX_SKEW_SECONDS = 900;

/** Checks that the storage responds, and that its clock agrees with the signer's, which sets the expiry of policies. */
export async function checkEndpoint(target: Target): Promise<Finding[]> {
  const url = await bucketUrl(target);
  const { origin } = new URL(url);
  const sentAt = Date.now();
  let response: Response;
  try {
    response = await fetch(url, { method: 'HEAD', redirect: 'manual', signal: timeoutSignal() });
  } catch (error) {
    const { code, message } = failureOf((error as Error).cause ?? error);
    return [
      broken('endpoint', `${origin} does not respond: ${message || code}`, {
        what: 'Check AWS_ENDPOINT_URL_S3 and AWS_REGION, and that this machine can reach the storage.',
      }),
    ];
  }
  const receivedAt = Date.now();
  return [ok('endpoint', `${origin} responds`), clockFinding(response.headers.get('Date'), sentAt, receivedAt)];
}

function clockFinding(dateHeader: string | null, sentAt: number, receivedAt: number): Finding {
  const date = Date.parse(dateHeader ?? '');
  if (Number.isNaN(date)) return unproved('clock', 'the storage sends no Date header');
  // The header is cut to whole seconds, so it is half a second late on average. The storage wrote it between the two times.
  const skew = Math.round((date + 500 - (sentAt + receivedAt) / 2) / 1000);
  const seconds = Math.abs(skew);
  if (seconds <= TOLERATED_SKEW_SECONDS) return ok('clock', `differs from the storage's by ${seconds} s`);
  const direction = skew > 0 ? 'behind' : 'ahead of';
  const detail = `this machine is ${seconds} s ${direction} the storage; S3 refuses more than ${MAX_SKEW_SECONDS} s`;
  return broken('clock', detail, {
    what: 'Synchronize the clock of the machine that runs the signer, with NTP.',
    command: 'timedatectl set-ntp true',
  });
}
