import type { z } from 'zod';

/** The first issue of a failed validation, such as `files.0.size: Invalid input`. */
export function firstIssue({ issues: [issue] }: z.ZodError): string {
  const path = issue!.path.join('.');
  return `${path ? `${path}: ` : ''}${issue!.message}`;
}
