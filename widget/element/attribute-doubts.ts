/** Attributes of the page itself, of HTML and of frameworks. They are frequent; the chunk `attribute-errors` knows more. */
const OTHERS_ATTRIBUTE = /^(class$|(data|aria|hx|v|x)-)|^_|[^\w-]/;

/** Whether an attribute may be misspelled, or is a boolean one that says `false`. The chunk `attribute-errors` decides. */
export function isDoubtful(element: HTMLElement): boolean {
  const { observedAttributes: known } = element.constructor as unknown as { observedAttributes: readonly string[] };
  return element
    .getAttributeNames()
    .some((name) =>
      known.includes(name) ? element.getAttribute(name) === 'false' : !(name in element || OTHERS_ATTRIBUTE.test(name)),
    );
}
