/** Maximum errors of a `cause` chain that are summarized. */
const MAX_CAUSES = 4;

/**
 * Summarizes an error and its causes for the log, with the source position of the last one. An error of the storage is
 * reduced to its code, status and request id: its message names accounts and ARNs, and AWS finds it by the id.
 */
export function summarizeError(error: unknown): { error: string; at: string | undefined } {
  const messages: string[] = [];
  let at: string | undefined;
  for (let each = error, depth = 0; each instanceof Error && depth < MAX_CAUSES; each = each.cause, depth++) {
    const { $metadata: s3 } = each as { $metadata?: { httpStatusCode?: number; requestId?: string } };
    messages.push(
      s3 ? `${each.name} (${s3.httpStatusCode}, request ${s3.requestId})` : `${each.name}: ${each.message}`,
    );
    at = /\(?((?:file:|node:)?[^\s()]+:\d+:\d+)\)?$/m.exec(each.stack ?? '')?.[1]?.replace(/^.*\/(?=[^/]+$)/, '');
  }
  if (messages.length === 0) messages.push(String(error));
  return { error: messages.join(' ← '), at };
}
