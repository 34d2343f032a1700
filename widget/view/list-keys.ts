import type { Step } from './list-geometry.ts';
import type { VirtualList } from './list.ts';

/** Steps by key, in a language that is written from left to right. */
const STEPS: Readonly<Record<string, Step>> = {
  ArrowDown: 'below',
  ArrowUp: 'above',
  ArrowRight: 'next',
  ArrowLeft: 'previous',
  Home: 'first',
  End: 'last',
};
/** Steps by key, in a language that is written from right to left. */
const RIGHT_TO_LEFT_STEPS: Readonly<Record<string, Step>> = {
  ...STEPS,
  ArrowRight: 'previous',
  ArrowLeft: 'next',
};

/**
 * Handles a key in the list: arrows, Home and End move the focus from file to file, Delete removes the file.
 *
 * @param remove called with the file's id; undefined while no file may be removed
 */
export function onListKey(event: KeyboardEvent, list: VirtualList, remove: ((id: string) => void) | undefined): void {
  const { key } = event;
  const target = event.target as Element;
  const ul = event.currentTarget as Element;
  // keys in slotted content belong to the page, and those with a modifier to the browser
  if (!ul.contains(target) || event.altKey || event.ctrlKey || event.metaKey) return;
  const id = target.closest('li')?.id;
  if (!id) return;
  const step = (getComputedStyle(ul).direction === 'rtl' ? RIGHT_TO_LEFT_STEPS : STEPS)[key];
  if (step) {
    if (!list.move(id, step)) return;
  } else if (remove && isDelete(key)) remove(id);
  else return;
  event.preventDefault();
}

/** The Delete key of a Mac reports Backspace. */
const isDelete = (key: string): boolean =>
  key === 'Delete' || (key === 'Backspace' && navigator.platform.startsWith('Mac'));
