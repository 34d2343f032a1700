import type { Context } from 'hono';
import { describe, redactor } from '../core/redact.ts';
import type { SignerEvent } from '../core/options.ts';

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

/**
 * Lines of JSON, one for each thing that was done: an audit of who was granted what. No ticket, receipt, token, signed
 * URL or secret is in any of them.
 */
export function createLog({ clientAddress, secrets, write = (line) => process.stdout.write(`${line}\n`) }: LogOptions) {
  const redact = redactor(secrets);
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
    event({ action, code, status, error, expires, owner, ...what }: SignerEvent, c: Context): void {
      const who = { owner, ip: clientAddress(c) };
      if (action === 'error') {
        return line('error', 'error', { ...who, path: c.req.path, status, code, ...describe(error) });
      }
      if (code) return line('info', 'refusal', { ...who, action, code });
      const isGrant = action === 'sign' || action === 'sign-again' || action === 'form' || action === 'parts';
      if (!isGrant) return line('info', action, { ...who, ...what });
      const exp = expires && new Date(Date.now() + expires * 1000).toISOString();
      line('info', 'grant', { ...who, action, ...what, exp });
    },
  };
}
