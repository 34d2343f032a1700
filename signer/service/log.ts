import type { Context } from 'hono';
import { summarizeError } from '../core/error-summary.ts';
import type { SignerEvent } from '../core/events.ts';
import { createRedactor } from '../core/redact.ts';
import { sampleRefusals } from './sample-refusals.ts';

/** Severity of a line. */
export type LogLevel = 'info' | 'warn' | 'error';

/** Writes one line of JSON, which has no line break at its end. */
export type WriteLog = (line: string, level: LogLevel) => void;

/** Options of `createLog`. */
export interface LogOptions {
  /** Returns the client's address for each line, see `clientAddress`. Default: no line has an address. */
  clientAddress?: (c: Context) => string | undefined;
  /**
   * Strings that are replaced by `[hidden]` in every line: the signer's own secrets. Those below 8 characters are ignored.
   */
  secrets: readonly (string | undefined)[];
  /** Default: writes to the standard output. */
  write?: WriteLog;
}

/** Maximum characters of a path or origin in a line. A client can send thousands. */
const MAX_LOGGED_CHARACTERS = 200;

/** A structured log, made by `createLog`. */
export type Log = ReturnType<typeof createLog>;

/**
 * Creates a log of JSON lines, one for each action of the signer: an audit trail of all signatures, and of the first ten
 * refusals and errors a minute of each code. No line contains a ticket, receipt, token, signed URL or secret.
 */
export function createLog({ clientAddress, secrets, write = (line) => process.stdout.write(`${line}\n`) }: LogOptions) {
  const redact = createRedactor(secrets);
  const writeLine = (level: LogLevel, event: string, members: Record<string, unknown>): void => {
    const time = new Date().toISOString();
    const redactStrings = (_name: string, value: unknown) => (typeof value === 'string' ? redact(value) : value);
    write(JSON.stringify({ time, level, event, ...members }, redactStrings), level);
  };

  const isRefusalLogged = sampleRefusals((code, suppressed) => writeLine('info', 'refused', { code, suppressed }));
  // A stranger can cause them, too: with a header that makes the application fail, for example.
  const isErrorLogged = sampleRefusals((code, suppressed) => writeLine('error', 'error', { code, suppressed }));

  return {
    info: (event: string, members: Record<string, unknown> = {}): void => writeLine('info', event, members),
    warn: (event: string, members: Record<string, unknown> = {}): void => writeLine('warn', event, members),
    error: (event: string, error: unknown): void => writeLine('error', event, summarizeError(error)),

    /** Pass it as `onEvent` of `createSigner`. */
    event({ action, code, status, error, expires, owner, ...upload }: SignerEvent, c: Context): void {
      const isLogged = action === 'error' ? isErrorLogged : isRefusalLogged;
      if (code && !isLogged(code)) return;
      const caller = { owner, ip: clientAddress?.(c) };
      if (action === 'error') {
        writeLine('error', 'error', { ...caller, path: c.req.path, status, code, ...summarizeError(error) });
        return;
      }
      if (code) {
        const shorten = (text: string | undefined) => text?.slice(0, MAX_LOGGED_CHARACTERS);
        const origin = code === 'origin-refused' ? shorten(c.req.header('Origin')) : undefined;
        const refusal = action === 'refused' ? { path: shorten(c.req.path), origin, status } : { action };
        writeLine('info', 'refused', { ...caller, ...refusal, code });
        return;
      }
      const isGrant = action === 'sign' || action === 'sign-again' || action === 'form' || action === 'parts';
      if (!isGrant) {
        writeLine('info', action, { ...caller, ...upload });
        return;
      }
      const exp = expires && new Date(Date.now() + expires * 1000).toISOString();
      writeLine('info', 'grant', { ...caller, action, ...upload, exp });
    },
  };
}
