export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** `Code` of an error's XML, empty when there is none. */
  readonly code: string;
  readonly message: string;
}

export async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    code: element(text, 'Code') ?? '',
    message: element(text, 'Message') ?? '',
  };
}

/** The text of the first element of that name, undefined when there is none. */
export const element = (xml: string, name: string): string | undefined =>
  new RegExp(`<${name}>([^<]*)</${name}>`)
    .exec(xml)?.[1]
    ?.replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
