/**
 * Reads a response as text, up to a limit: a server may send anything, without end.
 *
 * @returns undefined if the response is longer than `maxBytes`
 */
export async function readText(response: Response, maxBytes: number): Promise<string | undefined> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true };
    if (done) return text;
    text += decoder.decode(value, { stream: true });
    bytes += value.length;
    if (bytes > maxBytes) {
      void reader!.cancel();
      return undefined;
    }
  }
}
