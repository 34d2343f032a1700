/** One request to the storage. */
export interface HttpRequest {
  /** POST sends a form, PUT the bytes alone. */
  method: 'POST' | 'PUT';
  /** The absolute URL; presigned, if the method is PUT. */
  url: string;
  /** Sent verbatim. A form has none: the browser writes its `Content-Type` with the boundary. */
  headers?: Readonly<Record<string, string>>;
  /** The form with the file in it, the file, or one part of it. */
  body: FormData | Blob;
}

/** A response, whatever its status. */
export interface HttpResponse {
  /** HTTP status. */
  status: number;
  /** The URL of the response, after redirects. Absent where the transport does not know it. */
  url?: string;
  /** The body. The core reads its first 16 KiB. */
  text: string;
  /** A header's value, or null where it is absent or hidden by CORS. */
  header(name: string): string | null;
}

/** Callbacks of one request, and the signal that aborts it. */
export interface TransportOptions {
  /** Aborts the request. */
  signal: AbortSignal;
  /** Called as bytes of the body are sent: how many so far, and of how many. */
  onProgress(loaded: number, total: number): void;
  /** Called once the whole body is sent. */
  onSent(): void;
}

/**
 * Sends one request. Any status is a response.
 *
 * @throws the signal's reason when aborted; any other error when there was no response
 */
export interface Transport {
  (request: HttpRequest, options: TransportOptions): Promise<HttpResponse>;
  /**
   * Whether a request that works always reports progress within seconds. Default: unknown until a request reports
   * progress. A request that may never do so gets the time that its size needs.
   */
  readonly reportsProgress?: boolean;
}

/** Bytes of the file, or of the part of it, in a body. */
export function bytesOf(body: HttpRequest['body']): number {
  const file = body instanceof FormData ? body.get('file') : body;
  return file instanceof Blob ? file.size : 0;
}
