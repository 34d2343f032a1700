/** One request to the storage. */
export interface HttpRequest {
  method: 'POST' | 'PUT';
  url: string;
  /** Sent as they are. A form has none: the browser writes its own `Content-Type` with the boundary. */
  headers?: Readonly<Record<string, string>> | undefined;
  body: FormData | Blob;
}

export interface HttpResponse {
  status: number;
  /** Where it came from in the end, where redirects were followed. */
  url?: string;
  /** The beginning of the body, at most 16 KiB of it is ever looked at. */
  text: string;
  /** A header's value, or null where it is absent or CORS hides it. */
  header(name: string): string | null;
}

export interface TransportOptions {
  signal: AbortSignal;
  /** Bytes of the body sent so far, and in all. */
  onProgress(loaded: number, total: number): void;
  /** The whole body is sent. */
  onSent(): void;
}

/**
 * Sends one request and reports how it goes. Rejects when there is no answer at all, and with the signal's reason when
 * the signal ends it; any status is an answer.
 */
export type Transport = (request: HttpRequest, options: TransportOptions) => Promise<HttpResponse>;
