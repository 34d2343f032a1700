import { render } from 'lit';
import type { UploadItem } from '../core/item.ts';

/** Rows are drawn this many pixels beyond what is seen, so that a flick of the wheel meets no gap. */
const MARGIN = 400;
/** What a row is taken to be high until it has been measured, in pixels. */
const ESTIMATE = 72;
/** New rows a frame: each costs a slow machine a millisecond or two, and no frame is to take 50. */
const MOST_NEW = 12;

interface Row {
  readonly li: HTMLLIElement;
  item?: UploadItem | undefined;
}

/** From one file to another: in the order they are read, or by the rows of a grid. */
export type Step = 'next' | 'previous' | 'above' | 'below' | 'first' | 'last';

export interface List {
  /** Draws the files as rows; with `isAnew`, those too that have not changed, as after a change of language. */
  show(items: readonly UploadItem[], isAnew?: boolean): void;
  /** Scrolls to a file's row and draws it. */
  reveal(id: string): void;
  /** Gives focus to the row that last had it, or to the first; without rows, to what stands before them. */
  focus(): void;
  /** Gives focus to the row that is so placed to a file's. @returns whether there is one */
  move(id: string, step: Step): boolean;
}

export interface Drawing {
  readonly ul: HTMLElement;
  /** A row's template. */
  readonly draw: (item: UploadItem) => unknown;
  /** Called when a file's row has come into the document, is drawn anew, or has got another file. */
  readonly entered: (item: UploadItem, li: HTMLElement) => void;
  /** Least width of a cell in pixels; 0 is one row below the other. */
  readonly cell: () => number;
  /** Takes focus when there is no row to take it. */
  readonly leave: () => void;
}

/**
 * A list of which only the rows in view are drawn: ten thousand files cost what a dozen do. A row is its file's for
 * good, by id, so focus and screen readers stay where they are while others come and go. Rows are placed through the
 * CSSOM, which a strict `style-src` allows.
 */
export function list({ ul, draw, entered, cell, leave }: Drawing): List {
  const rows = new Map<string, Row>();
  const heights = new Map<string, number>();
  const height = (id: string): number => heights.get(id) ?? ESTIMATE;
  let items: readonly UploadItem[] = [];
  /** Index of the row that has focus, or last had it. */
  let focused = -1;
  /** Index of the row that is to be scrolled to. */
  let wanted = -1;
  let width = 0;
  let frame = 0;

  /** By the active element: `:focus-within` holds only while the window itself has focus. */
  const focusedRow = (): Element | null => {
    const { activeElement, host } = ul.getRootNode() as ShadowRoot;
    const outside = (host.getRootNode() as Document).activeElement;
    // in the row itself, or in what a page has put into it
    const inside = activeElement ?? outside?.closest('[slot^=file-]')?.assignedSlot;
    return inside && ul.contains(inside) ? inside.closest('li') : null;
  };
  const indexOfFocus = (): number => {
    const row = focusedRow();
    return row ? items.findIndex(({ id }) => id === row.id) : -1;
  };

  const layout = (columns: number): { tops: number[]; end: number } => {
    const tops: number[] = [];
    let end = 0;
    let line = 0;
    items.forEach(({ id }, i) => {
      if (i % columns === 0) {
        end += line;
        line = 0;
      }
      tops.push(end);
      line = Math.max(line, height(id));
    });
    return { tops, end: end + line };
  };

  const columnsNow = (): number => Math.max(1, (cell() && Math.floor(ul.clientWidth / cell())) || 1);

  const rowOf = (id: string): Row => {
    let row = rows.get(id);
    if (!row) {
      const li = document.createElement('li');
      li.id = id;
      li.tabIndex = -1;
      rows.set(id, (row = { li }));
    }
    return row;
  };

  /** What is known of the rows as they are drawn. */
  const forget = (): void => {
    heights.clear();
    for (const row of rows.values()) row.item = undefined;
  };

  const place = (): void => {
    const hadFocus = !!focusedRow();
    // whoever notices first that there is more room, or less: all rows are of another width
    if (width !== ul.clientWidth) forget();
    width = ul.clientWidth;
    const columns = columnsNow();
    const from = ul.scrollTop - MARGIN;
    const to = ul.scrollTop + ul.clientHeight + MARGIN;

    const { tops } = layout(columns);
    const shown = new Map<string, number>();
    let fresh = 0;
    items.forEach(({ id }, i) => {
      const isNeeded = i === focused || i === wanted;
      if (!isNeeded && (tops[i]! >= to || tops[i]! + height(id) <= from)) return;
      if (!rows.has(id) && (fresh += 1) > MOST_NEW && !isNeeded) return;
      shown.set(id, i);
    });
    if (fresh > MOST_NEW) placeLater();
    for (const [id, { li }] of rows) {
      if (shown.has(id)) continue;
      sizes.unobserve(li);
      li.remove();
      rows.delete(id);
    }

    let next = ul.firstElementChild;
    const drawn: [string, HTMLElement][] = [];
    for (const [id, i] of shown) {
      const row = rowOf(id);
      const { li } = row;
      if (li === next) next = li.nextElementSibling;
      else ul.insertBefore(li, next);
      li.ariaPosInSet = `${i + 1}`;
      li.ariaSetSize = `${items.length}`;
      if (row.item === items[i]) continue;
      const isNew = !row.item || row.item.file !== items[i]!.file;
      row.item = items[i]!;
      render(draw(row.item), li);
      li.style.inlineSize = `${100 / columns}%`;
      drawn.push([id, li]);
      if (!isNew) continue;
      entered(row.item, li);
      // what a page has put into it may grow by itself
      if (li.querySelector('slot')) sizes.observe(li);
    }
    for (const [id, li] of drawn) heights.set(id, li.offsetHeight || ESTIMATE);

    const placed = layout(columns);
    for (const [id, i] of shown) {
      const { style } = rowOf(id).li;
      style.insetBlockStart = `${placed.tops[i]}px`;
      style.insetInlineStart = `${((i % columns) * 100) / columns}%`;
    }
    ul.style.setProperty('--_block-size', `${placed.end}px`);

    if (hadFocus && indexOfFocus() < 0) focus();
  };

  /** With the next frame, however many ask for it. */
  const placeLater = (): void => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      place();
    });
  };

  const reveal = (id: string): void => {
    const index = items.findIndex((item) => item.id === id);
    if (index < 0) return;
    if (!rows.has(id)) {
      ul.scrollTop = layout(columnsNow()).tops[index]!;
      wanted = index;
      place();
      wanted = -1;
    }
    rows.get(id)!.li.scrollIntoView({ block: 'nearest' });
  };

  const focus = (index = Math.max(focused, 0)): void => {
    focused = Math.min(index, items.length - 1);
    const item = items[focused];
    if (!item) {
      leave();
      return;
    }
    reveal(item.id);
    rows.get(item.id)!.li.focus();
  };

  const indexAt = (from: number, step: Step): number => {
    const columns = columnsNow();
    const last = items.length - 1;
    const line = (index: number): number => Math.floor(index / columns);
    switch (step) {
      case 'first':
        return 0;
      case 'last':
        return last;
      // in a single column there is nothing beside a row
      case 'next':
        return columns > 1 ? from + 1 : from;
      case 'previous':
        return columns > 1 ? from - 1 : from;
      case 'above':
        return from - columns;
      case 'below':
        return line(from) < line(last) ? Math.min(from + columns, last) : from;
    }
  };

  const sizes = new ResizeObserver((entries) => {
    const changed = entries.filter(({ target }) => heights.get(target.id) !== (target as HTMLElement).offsetHeight);
    for (const { target } of changed) heights.set(target.id, (target as HTMLElement).offsetHeight || ESTIMATE);
    if (changed.length) placeLater();
  });
  ul.addEventListener('scroll', place, { passive: true });
  ul.addEventListener('focusin', () => (focused = indexOfFocus()));
  // with the next frame: what an observer changes of its own element at once is an error of the page
  new ResizeObserver(placeLater).observe(ul);

  return {
    show(now, isAnew) {
      const current = items[focused]?.id;
      items = now;
      const index = items.findIndex(({ id }) => id === current);
      if (index >= 0) focused = index;
      if (isAnew) forget();
      place();
    },
    reveal,
    focus: () => focus(),
    move(id, step) {
      const from = items.findIndex((item) => item.id === id);
      const to = indexAt(from, step);
      if (!items[to] || to === from) return false;
      focus(to);
      return true;
    },
  };
}
