/** The language of an element: the nearest `lang`, across shadow roots; empty where there is none. */
export function languageOf(element: Element): string {
  const near = element.closest<HTMLElement>('[lang]');
  const root = element.getRootNode();
  return near?.lang ?? (root instanceof ShadowRoot ? languageOf(root.host) : '');
}

/** Lets an observer see each `lang` that may be the element's, or come to be. */
export function observeLanguage(observer: MutationObserver, element: Element): void {
  const root = element.getRootNode();
  observer.observe(root, { subtree: true, attributeFilter: ['lang'] });
  if (root instanceof ShadowRoot) observeLanguage(observer, root.host);
}
