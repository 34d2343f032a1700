/** A response of S3 that was read to its end. */
export interface S3Response {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** `Code` of an error; empty when the body is no error. */
  readonly code: string;
  /** `Message` of an error; empty when the body is no error. */
  readonly message: string;
}

export async function readS3Response(response: Response): Promise<S3Response> {
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    code: elementText(text, 'Code') ?? '',
    message: elementText(text, 'Message') ?? '',
  };
}

/** Text of the first XML element with this name; undefined when there is none. */
export const elementText = (xml: string, name: string): string | undefined =>
  new RegExp(`<${name}>([^<]*)</${name}>`)
    .exec(xml)?.[1]
    ?.replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
