import { render } from 'lit';
import type { UploadItem } from '../core/item.ts';
import { leave, slide, firstStaying } from './list-motion.ts';
import { CellPlaces, columnCount, indexAfter, type Step } from './list-geometry.ts';

/** Pixels above and below the visible area in which rows are drawn too, so that fast scrolling shows no gap. */
const OVERSCAN_PX = 400;
/** Assumed height of a row until it is measured, in pixels. */
const ESTIMATED_ROW_PX = 72;
/** Removed files are searched among this many files, from the first that differs; others disappear without a motion. */
const MAX_REMOVED = 50;
/** Maximum number of new rows per frame: one takes a slow machine 1 to 2 ms, and a frame must stay below 50 ms. */
const MAX_NEW_ROWS = 12;

interface Row {
  readonly li: HTMLLIElement;
  /** The file as it was last drawn. */
  item?: UploadItem;
  /** Its place from the top of the list, in pixels; undefined before it has one. */
  top?: number;
}

/** The list of files, which draws only the rows in view. */
export interface VirtualList {
  /** Shows the files. Redraws the rows whose file has changed; with `isForced` all rows, as after a change of language. */
  show(items: readonly UploadItem[], isForced?: boolean): void;
  /** Draws a file's row and scrolls to it. */
  reveal(id: string): void;
  /** Draws all rows at once, as paper does not scroll, or again only those in view. */
  print(isPrinting: boolean): void;
  /**
   * Focuses a file's row; without an id, the row that had focus last, or the first row. Without rows, the element that
   * precedes the list.
   */
  focus(id?: string): void;
  /** Whether the list has more rows than fit. */
  readonly isScrollable: boolean;
  /** Scrolls to the row of a file that was just added, unless the visitor has scrolled to another place. */
  scrollToNew(id: string): void;
  /** Focuses the row one step away from a file's. @returns whether there is one */
  move(id: string, step: Step): boolean;
}

/** The dependencies and settings of {@link createVirtualList}. */
export interface VirtualListOptions {
  /** The element that contains the rows and scrolls. */
  readonly ul: HTMLElement;
  /** Returns the template of a row. */
  readonly draw: (item: UploadItem) => unknown;
  /** Called after a row was added, was redrawn by force, or got another `File`. */
  readonly onEnter: (item: UploadItem, li: HTMLElement) => void;
  /** Called for a row that enters, once it has its width. May read the layout. */
  readonly fit: (li: HTMLElement) => void;
  /** Whether to draw a row again although its file has not changed. */
  readonly isDue: (item: UploadItem) => boolean;
  /** Whether a row stays as it is although its file has changed. */
  readonly isKept: (item: UploadItem) => boolean;
  /** Minimum width of a cell in pixels; 0 for one column. */
  readonly minCellWidth: () => number;
  /** Called instead of focusing a row when there is none. */
  readonly onFocusWithoutRows: () => void;
}

/**
 * A list that draws only the rows in view, so that ten thousand files cost no more than a dozen. Each row belongs to one
 * file for good, by id: focus and screen readers stay in place while other rows come and go. Rows are placed by CSSOM, which
 * a strict `style-src` allows.
 */
export function createVirtualList(options: VirtualListOptions): VirtualList {
  const { ul, draw, onEnter, fit, isDue, isKept, minCellWidth, onFocusWithoutRows } = options;
  const rows = new Map<string, Row>();
  /** Measured heights in pixels, by file id. */
  const heights = new Map<string, number>();
  /** Ids of the files that were removed since the last update, as far as they may have a row. */
  let removed: ReadonlySet<string> = new Set();
  /** Ids of files that were added since the last update, whose rows enter with a motion. */
  const added = new Set<string>();
  let items: readonly UploadItem[] = [];
  /** Index of the row that has focus, or had it last. */
  let focusIndex = -1;
  /** Index of a row to draw although it is not in view yet. */
  let revealIndex = -1;
  let isPrinting = false;
  let width = 0;
  let frame = 0;
  let isScrollable = false;
  /** Where the list was scrolled to last, other than by the visitor, in pixels. */
  let ownScrollTop = 0;
  /** Whether the visitor has left the list where it was scrolled to, or has scrolled to its end. */
  let isFollowing = true;

  const places = new CellPlaces((index) => heights.get(items[index]!.id) ?? ESTIMATED_ROW_PX);
  const columnsNow = (): number => columnCount(ul.clientWidth, minCellWidth());
  const indexOf = (id: string | undefined): number => items.findIndex((item) => item.id === id);

  /** The row with the active element. `:focus-within` would match only while the window itself has focus. */
  const focusedRow = (): Element | null => {
    const { activeElement, host } = ul.getRootNode() as ShadowRoot;
    const outside = (host.getRootNode() as Document).activeElement;
    // the focus is inside the row, or in a form that the page has slotted into the row
    const focused = activeElement ?? outside?.closest('[slot^=file-]')?.assignedSlot;
    return focused && ul.contains(focused) ? focused.closest('li') : null;
  };

  /** Forgets heights and drawn items, so that all rows are drawn and measured again. */
  const invalidate = (): void => {
    heights.clear();
    places.setCells(items.length, 0);
    for (const row of rows.values()) row.item = undefined;
  };

  /** The rows to draw, as indexes by id. New rows beyond the limit of a frame are left to the next one. */
  const selectRows = (): Map<string, number> => {
    const { scrollTop, clientHeight } = ul;
    isScrollable = places.height > clientHeight;
    ul.classList.toggle('more-above', scrollTop > 0);
    ul.classList.toggle('more-below', places.height > scrollTop + clientHeight + 1);
    const bottom = isPrinting ? places.height : scrollTop + clientHeight + OVERSCAN_PX;
    const indexes = new Set([focusIndex, revealIndex]);
    let index = isPrinting ? 0 : places.indexAt(scrollTop - OVERSCAN_PX);
    for (; index < items.length && places.topOf(index) < bottom; index++) indexes.add(index);
    const selected = new Map<string, number>();
    let newRows = 0;
    for (const i of [...indexes].sort((a, b) => a - b)) {
      const id = items[i]?.id;
      if (id === undefined) continue;
      const isNeeded = isPrinting || i === focusIndex || i === revealIndex;
      if (!rows.has(id) && (newRows += 1) > MAX_NEW_ROWS && !isNeeded) continue;
      selected.set(id, i);
    }
    if (newRows > MAX_NEW_ROWS && !isPrinting) updateNextFrame();
    return selected;
  };

  const removeOthers = (selected: ReadonlyMap<string, number>): void => {
    for (const [id, { li }] of rows) {
      if (selected.has(id)) continue;
      sizes.unobserve(li);
      if (removed.has(id)) leave(li);
      else li.remove();
      rows.delete(id);
    }
  };

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

  /** Puts the rows into the document in order, draws those that have changed, and measures these. */
  const drawRows = (selected: ReadonlyMap<string, number>, columns: number): void => {
    let next = firstStaying(ul.firstElementChild);
    const drawn: [number, HTMLElement][] = [];
    const entered: HTMLElement[] = [];
    for (const [id, i] of selected) {
      const row = rowOf(id);
      const { li } = row;
      const item = items[i]!;
      if (li === next) next = firstStaying(li.nextElementSibling);
      else ul.insertBefore(li, next);
      li.ariaPosInSet = `${i + 1}`;
      li.ariaSetSize = `${items.length}`;
      if (row.item && (row.item === item ? !isDue(item) : isKept(item))) continue;
      const isNew = !row.item || row.item.file !== item.file;
      if (added.delete(id)) li.classList.add('new');
      else if (item.status === 'done' && row.item && row.item.status !== 'done') li.classList.add('stored');
      row.item = item;
      li.style.blockSize = '';
      render(draw(item), li);
      li.style.inlineSize = `${100 / columns}%`;
      drawn.push([i, li]);
      if (!isNew) continue;
      onEnter(item, li);
      entered.push(li);
      // slotted content may grow while its row is not drawn again
      if (li.querySelector('slot')) sizes.observe(li);
    }
    // after all rows: each measurement between two drawings would force a layout
    for (const [i, li] of drawn) {
      heights.set(li.id, li.offsetHeight || ESTIMATED_ROW_PX);
      places.update(i);
    }
    for (const li of entered) fit(li);
  };

  const setHeight = (): void => ul.style.setProperty('--_block-size', `${places.height}px`);

  const placeRows = (selected: ReadonlyMap<string, number>, columns: number): void => {
    for (const [id, i] of selected) {
      const row = rowOf(id);
      const { style } = row.li;
      const top = places.topOf(i);
      if (removed.size && row.top !== undefined && top !== row.top) slide(row.li, row.top - top);
      row.top = top;
      style.insetBlockStart = `${row.top}px`;
      style.insetInlineStart = `${((i % columns) * 100) / columns}%`;
      // equal tiles; slotted content may grow by itself
      if (columns > 1 && !row.li.querySelector('slot')) style.blockSize = `${places.heightOf(i)}px`;
    }
    setHeight();
  };

  const scrollTo = (top: number): void => {
    ul.scrollTop = top;
    ownScrollTop = ul.scrollTop;
    update();
  };

  const update = (): void => {
    const pointed = rows.get(ul.querySelector('li:hover')?.id ?? '');
    const pointedTop = pointed?.top;
    const hadFocus = !!focusedRow();
    // a scroll event may come before the resize observer's: all rows have another width now
    if (width !== ul.clientWidth) invalidate();
    width = ul.clientWidth;
    const columns = columnsNow();
    places.setColumns(columns);
    // before the rows in view are chosen: with its first files, the list gets its height
    setHeight();
    const selected = selectRows();
    removeOthers(selected);
    drawRows(selected, columns);
    placeRows(selected, columns);
    // the row under the pointer stays there when rows above it grow or go
    const shift = pointed && rows.has(pointed.li.id) ? pointed.top! - pointedTop! : 0;
    if (shift) ul.scrollTop = ownScrollTop = ul.scrollTop + shift;
    if (hadFocus && !focusedRow()) focusRow();
  };

  const updateNextFrame = (): void => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      update();
    });
  };

  const reveal = (id: string): void => {
    const index = indexOf(id);
    if (index < 0) return;
    if (!rows.has(id)) {
      ul.scrollTop = places.topOf(index);
      revealIndex = index;
      update();
      revealIndex = -1;
    }
    rows.get(id)!.li.scrollIntoView({ block: 'nearest' });
  };

  const focusRow = (index = Math.max(focusIndex, 0)): void => {
    focusIndex = Math.min(index, items.length - 1);
    const item = items[focusIndex];
    if (!item) {
      onFocusWithoutRows();
      return;
    }
    reveal(item.id);
    rows.get(item.id)!.li.focus();
  };

  const sizes = new ResizeObserver((entries) => {
    const changed = entries.filter(({ target }) => heights.get(target.id) !== (target as HTMLElement).offsetHeight);
    for (const { target } of changed) {
      heights.set(target.id, (target as HTMLElement).offsetHeight || ESTIMATED_ROW_PX);
      places.update(indexOf(target.id));
    }
    if (changed.length) updateNextFrame();
  });
  ul.addEventListener(
    'scroll',
    () => {
      const { scrollTop, clientHeight } = ul;
      isFollowing = Math.abs(scrollTop - ownScrollTop) <= 1 || scrollTop + clientHeight >= places.height - 1;
      update();
    },
    { passive: true },
  );
  // or the motions would start again whenever the element is shown again
  ul.addEventListener('animationend', ({ target }) =>
    (target as Element).closest('li')?.classList.remove('new', 'stored'),
  );
  ul.addEventListener('focusin', () => (focusIndex = indexOf(focusedRow()?.id)));
  // in the next frame: an observer that resizes its target at once raises an error in the page
  new ResizeObserver(updateNextFrame).observe(ul);

  return {
    show(now, isForced) {
      const id = items[focusIndex]?.id;
      let from = 0;
      while (from < now.length && (now[from] === items[from] || now[from]!.id === items[from]?.id)) from++;
      added.clear();
      const firstNew = Math.max(from, items.length);
      for (const { id } of now.slice(firstNew, firstNew + MAX_NEW_ROWS)) added.add(id);
      const kept = new Set(now.slice(from, from + MAX_REMOVED).map(({ id }) => id));
      removed = new Set(items.slice(from, from + MAX_REMOVED).flatMap(({ id }) => (kept.has(id) ? [] : id)));
      items = now;
      places.setCells(items.length, from);
      const index = items[focusIndex]?.id === id ? focusIndex : indexOf(id);
      if (index >= 0) focusIndex = index;
      if (isForced) invalidate();
      update();
      removed = new Set();
    },
    reveal,
    print(is) {
      isPrinting = is;
      update();
    },
    focus: (id) => focusRow(id === undefined ? undefined : indexOf(id)),
    get isScrollable() {
      return isScrollable;
    },
    scrollToNew(id) {
      const index = indexOf(id);
      if (index < 0 || !isFollowing) return;
      const top = places.topOf(index);
      const bottom = top + places.heightOf(index);
      // a row above the visible ones is one that the visitor has passed
      if (bottom > ul.scrollTop + ul.clientHeight) scrollTo(top);
    },
    move(id, step) {
      const from = indexOf(id);
      const to = indexAfter(step, from, items.length, columnsNow());
      if (!items[to] || to === from) return false;
      focusRow(to);
      return true;
    },
  };
}
