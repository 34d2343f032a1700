import type { List, Step } from './list.ts';

/** Where keys lead; along a line, as one reads. */
const STEPS: Readonly<Record<string, Step>> = {
  ArrowDown: 'below',
  ArrowUp: 'above',
  ArrowRight: 'next',
  ArrowLeft: 'previous',
  Home: 'first',
  End: 'last',
};
const MIRRORED: Readonly<Record<string, Step>> = { ...STEPS, ArrowRight: 'previous', ArrowLeft: 'next' };

/**
 * Keys in the list: arrows, Home and End move from file to file, Delete takes the file away.
 *
 * @param remove gets the file's id; undefined while nothing may be removed.
 */
export function onListKey(event: KeyboardEvent, list: List, remove: ((id: string) => void) | undefined): void {
  const { key } = event;
  const target = event.target as Element;
  const ul = event.currentTarget as Element;
  // what a page has put into a row has keys of its own, and so has the browser
  if (!ul.contains(target) || event.altKey || event.ctrlKey || event.metaKey) return;
  const id = target.closest('li')?.id;
  if (!id) return;
  const step = (getComputedStyle(ul).direction === 'rtl' ? MIRRORED : STEPS)[key];
  if (step) {
    if (!list.move(id, step)) return;
  } else if (remove && isDelete(key)) remove(id);
  else return;
  event.preventDefault();
}

/** A Mac's Delete says that it is Backspace. */
const isDelete = (key: string): boolean =>
  key === 'Delete' || (key === 'Backspace' && navigator.platform.startsWith('Mac'));
