/** The language of an element: the nearest `lang`, across shadow roots; empty where there is none. */
export function languageOf(element: Element): string {
  const near = element.closest<HTMLElement>('[lang]');
  const root = element.getRootNode();
  return near?.lang ?? (root instanceof ShadowRoot ? languageOf(root.host) : '');
}
