/** An error of S3, reduced to its code and message, without anything that was signed. */
export interface S3Failure {
  code: string;
  message: string;
  /** The HTTP status; 0 if there was no response. */
  status: number;
  /** The bucket's region, if S3's response names it. */
  region?: string;
}

/** A refused request that was sent without the SDK. */
export class RefusedError extends Error {
  readonly failure: S3Failure;

  constructor(failure: S3Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** Maximum characters of an error document that are read. */
const MAX_DOCUMENT_CHARACTERS = 16_384;

/** Reads an error, usually of the SDK. */
export function failureOf(error: unknown): S3Failure {
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
    // An error of the connection has a code, and may have neither a name nor a message.
    code: $metadata ? (name ?? 'UnknownError') : (code ?? name ?? 'UnknownError'),
    message: message ?? '',
    status: $metadata?.httpStatusCode ?? 0,
    region,
  };
}

/** Reads S3's error document: an XML root with one element for each member. */
export async function failureOfResponse(response: Response): Promise<S3Failure> {
  const text = (await response.text()).slice(0, MAX_DOCUMENT_CHARACTERS);
  const member = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] ?? '';
  return { code: member('Code') || `HTTP ${response.status}`, message: member('Message'), status: response.status };
}

/** Whether a permission is missing. */
export const isDenied = ({ code, status }: S3Failure): boolean => code === 'AccessDenied' || status === 403;

/**
 * Code and message for people. The SDK says Unknown for a response without a body (HEAD), or leaves the message empty (Ceph).
 */
export function messageOf({ code, message, status }: S3Failure): string {
  const name = code.startsWith('Unknown') && status ? `HTTP ${status}` : code;
  return message && message !== code && message !== 'UnknownError' ? `${name} (${message})` : name;
}
