/** Milliseconds of a motion. */
const DURATION_MS = 150;

const mayMove = (): boolean => !matchMedia('(prefers-reduced-motion: reduce)').matches;

/** Lets the row of a removed file fade. It is inert at once, and leaves the document afterwards. */
export function leave(li: HTMLElement): void {
  li.ariaHidden = 'true';
  li.inert = true;
  li.removeAttribute('id');
  // the focus stays in an inert row until the next frame
  (li.getRootNode() as ShadowRoot).querySelector<HTMLElement>('li[inert]:focus, li[inert] :focus')?.blur();
  if (!mayMove()) {
    li.remove();
    return;
  }
  const motion = li.animate({ opacity: [1, 0] }, DURATION_MS);
  motion.onfinish = motion.oncancel = () => li.remove();
}

/**
 * Slides a row to its new place.
 *
 * @param from its old place, in pixels from the new one
 */
export function slide(li: HTMLElement, from: number): void {
  if (mayMove())
    li.animate({ transform: [`translateY(${from}px)`, 'none'] }, { duration: DURATION_MS, easing: 'ease-out' });
}

/** The row, or the first one after it that stays. Moving a row in the document would restart its animation. */
export function firstStaying(row: Element | null): Element | null {
  return row?.hasAttribute('inert') ? firstStaying(row.nextElementSibling) : row;
}
