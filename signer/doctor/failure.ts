/** An S3 error as the doctor speaks of it: its own code and message, and never what was signed. */
export interface Failure {
  code: string;
  message: string;
  status: number;
  /** The region S3 names in its answer. */
  region?: string;
}

/** A request that was made without the SDK was refused. */
export class RefusedError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** Reads what was thrown, by the SDK as a rule. */
export function failure(error: unknown): Failure {
  if (error instanceof RefusedError) return error.failure;
  const { name, message, code, $metadata, $response } = error as {
    name?: string;
    message?: string;
    code?: string;
    $metadata?: { httpStatusCode?: number };
    $response?: { headers?: Record<string, string> };
  };
  const region = $response?.headers?.['x-amz-bucket-region'] ?? /expecting '([a-z0-9-]+)'/.exec(message ?? '')?.[1];
  return {
    // A refused connection has its code beside an empty name and message.
    code: $metadata ? (name ?? 'UnknownError') : (code ?? name ?? 'UnknownError'),
    message: message ?? '',
    status: $metadata?.httpStatusCode ?? 0,
    ...(region && { region }),
  };
}

/** Reads S3's error document; its root holds one element a member. */
export async function failureOf(response: Response): Promise<Failure> {
  const text = (await response.text()).slice(0, 16_384);
  const member = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] ?? '';
  return { code: member('Code') || `HTTP ${response.status}`, message: member('Message'), status: response.status };
}

export const isDenied = ({ code, status }: Failure): boolean => code === 'AccessDenied' || status === 403;

/** The SDK says Unknown where an answer had no body (HEAD), or an empty message (Ceph). */
export function said({ code, message, status }: Failure): string {
  const name = code.startsWith('Unknown') && status ? `HTTP ${status}` : code;
  return message && message !== code && message !== 'UnknownError' ? `${name} (${message})` : name;
}
