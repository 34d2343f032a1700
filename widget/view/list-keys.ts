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

/** What keys do besides moving the focus. */
export interface ListKeyActions {
  /** Removes a file. */
  readonly remove: (id: string) => void;
  /** Focuses the failed file after another one, or before it; without an id, the first or last one. */
  readonly focusFailed: (id: string | undefined, isBackwards: boolean) => void;
}

/**
 * Handles a key in the list: arrows, Home and End move the focus from file to file, F8 to the next failed file and Shift+F8
 * to the previous one, and Delete removes the file. F8 also works on the buttons for all files.
 */
export function onListKey(event: KeyboardEvent, list: VirtualList, { remove, focusFailed }: ListKeyActions): void {
  const { key } = event;
  const target = event.target as Element;
  const container = event.currentTarget as Element;
  // keys in slotted content belong to the page, and those with a modifier to the browser
  if (!container.contains(target) || event.altKey || event.ctrlKey || event.metaKey) return;
  const id = target.closest('li')?.id;
  if (key === 'F8') {
    focusFailed(id, event.shiftKey);
    event.preventDefault();
    return;
  }
  if (!id) return;
  const step = (getComputedStyle(container).direction === 'rtl' ? RIGHT_TO_LEFT_STEPS : STEPS)[key];
  if (step) {
    if (!list.move(id, step)) return;
  } else if (isDelete(key)) remove(id);
  else return;
  event.preventDefault();
}

/** The Delete key of a Mac reports Backspace. */
const isDelete = (key: string): boolean =>
  key === 'Delete' || (key === 'Backspace' && navigator.platform.startsWith('Mac'));
