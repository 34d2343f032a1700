/** What a signed URL, a header or an SDK's message may carry. */
const SIGNED =
  /((?:X-Amz-(?:Signature|Credential|Security-Token)|Signature|AWSAccessKeyId)=)[^&\s"']+|(Bearer\s+)[^\s"']+|\b[tr]1\.[\w-]+\.[\w-]{43}/gi;

/** Strikes out these strings, wherever they turn up, and whatever lets anyone upload. */
export function redactor(secrets: readonly (string | undefined)[]): (text: string) => string {
  const hidden = secrets
    .flatMap((secret) => secret?.split(',') ?? [])
    // A word of few letters is no secret, and would strike out half of every line.
    .filter((secret) => secret.length >= 8)
    // One may begin as another does.
    .sort((a, b) => b.length - a.length);
  return (text) => {
    const unsigned = text.replace(SIGNED, (_all, name?: string, scheme?: string) => `${name ?? scheme ?? ''}[hidden]`);
    return hidden.reduce((left, secret) => left.replaceAll(secret, '[hidden]'), unsigned);
  };
}

/**
 * What went wrong, with its causes, and where. Of what the storage says only the code and the request's id, by which AWS
 * finds the rest: its messages name accounts and ARNs.
 */
export function describe(error: unknown): { error: string; at?: string } {
  const messages: string[] = [];
  let at: string | undefined;
  for (let each = error, depth = 0; each instanceof Error && depth < 4; each = each.cause, depth++) {
    const { $metadata: s3 } = each as { $metadata?: { httpStatusCode?: number; requestId?: string } };
    messages.push(
      s3 ? `${each.name} (${s3.httpStatusCode}, request ${s3.requestId})` : `${each.name}: ${each.message}`,
    );
    at = /\(?((?:file:|node:)?[^\s()]+:\d+:\d+)\)?$/m.exec(each.stack ?? '')?.[1]?.replace(/^.*\/(?=[^/]+$)/, '');
  }
  if (messages.length === 0) messages.push(String(error));
  return { error: messages.join(' ← '), ...(at && { at }) };
}
