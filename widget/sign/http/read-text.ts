/**
 * The text of an answer. Bounded: what answers may be anything, and need not end.
 *
 * @param most bytes
 * @returns undefined when there is more
 */
export async function readText(response: Response, most: number): Promise<string | undefined> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true };
    if (done) return text;
    text += decoder.decode(value, { stream: true });
    if (text.length > most) {
      void reader!.cancel();
      return undefined;
    }
  }
}
