import type { Context } from 'hono';
import type { SignerEvent } from './options.ts';

export type Level = 'info' | 'warn' | 'error';

/** Writes one line. */
export type Write = (line: string, level: Level) => void;

export interface LogOptions {
  clientAddress: (c: Context) => string | undefined;
  /** Strings that must not be logged, wherever they turn up: the signer's own secrets. */
  secrets: readonly (string | undefined)[];
  write?: Write;
}

export type Log = ReturnType<typeof createLog>;

/** What a signed URL, a header or an SDK's message may carry. */
const SIGNED =
  /((?:X-Amz-(?:Signature|Credential|Security-Token)|Signature|AWSAccessKeyId)=)[^&\s"']+|(Bearer\s+)[^\s"']+|\b[tr]1\.[\w-]+\.[\w-]{43}/gi;

/**
 * Lines of JSON, one for each thing that was done: an audit of who was granted what. No ticket, receipt, token, signed
 * URL or secret is in any of them.
 */
export function createLog({ clientAddress, secrets, write = (line) => process.stdout.write(`${line}\n`) }: LogOptions) {
  // A word of few letters is no secret, and would strike out half of every line.
  const hidden = secrets.flatMap((secret) => secret?.split(',') ?? []).filter((secret) => secret.length >= 8);
  const redact = (text: string): string => {
    const unsigned = text.replace(SIGNED, (_all, name?: string, scheme?: string) => `${name ?? scheme ?? ''}[hidden]`);
    return hidden.reduce((left, secret) => left.replaceAll(secret, '[hidden]'), unsigned);
  };
  const line = (level: Level, event: string, members: Record<string, unknown>): void => {
    const time = new Date().toISOString();
    const redacted = (_name: string, value: unknown) => (typeof value === 'string' ? redact(value) : value);
    write(JSON.stringify({ time, level, event, ...members }, redacted), level);
  };

  return {
    info: (event: string, members: Record<string, unknown> = {}): void => line('info', event, members),
    warn: (event: string, members: Record<string, unknown> = {}): void => line('warn', event, members),
    error: (event: string, error: unknown): void => line('error', event, describe(error)),

    /** For `onEvent`. */
    event({ action, owner, key, size, type, method, expires, code, status, error }: SignerEvent, c: Context): void {
      const who = { owner, ip: clientAddress(c) };
      if (action === 'error')
        return line('error', 'error', { ...who, path: c.req.path, status, code, ...describe(error) });
      if (code) return line('info', 'refusal', { ...who, action, code });
      const isGrant = action === 'sign' || action === 'sign-again' || action === 'form' || action === 'parts';
      const exp = isGrant && expires ? new Date(Date.now() + expires * 1000).toISOString() : undefined;
      line('info', isGrant ? 'grant' : action, { ...who, ...(isGrant && { action }), key, size, type, method, exp });
    },
  };
}

/**
 * What went wrong, with its causes, and where. Of what the storage says only the code and the request's id, by which AWS
 * finds the rest: its messages name accounts and ARNs.
 */
function describe(error: unknown): Record<string, unknown> {
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
