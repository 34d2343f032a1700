import { render } from 'lit';
import type { UploadItem } from '../core/item.ts';

/** Rows are drawn this many pixels beyond what is seen, so that a flick of the wheel meets no gap. */
const MARGIN = 400;
/** What a row is taken to be high until it has been measured, in pixels. */
const ESTIMATE = 72;

interface Row {
  readonly li: HTMLLIElement;
  item?: UploadItem;
}

/**
 * Draws the rows in view, and no others: ten thousand files cost what a dozen do. A row is its file's for good, by id,
 * so focus and screen readers stay where they are while others come and go. Rows are placed through the CSSOM, which a
 * strict `style-src` allows.
 */
export class RowList {
  /** Least width of a cell in pixels; 0 is one row below the other. */
  cell = 0;
  readonly #ul: HTMLElement;
  readonly #draw: (item: UploadItem) => unknown;
  readonly #entered: (item: UploadItem, li: HTMLElement) => void;
  readonly #rows = new Map<string, Row>();
  readonly #heights = new Map<string, number>();
  #items: readonly UploadItem[] = [];
  #focused = 0;
  #width = 0;
  readonly #resize: ResizeObserver;

  /**
   * @param draw a row's template.
   * @param entered called when a file's row has come into the document.
   */
  constructor(
    ul: HTMLElement,
    draw: (item: UploadItem) => unknown,
    entered: (item: UploadItem, li: HTMLElement) => void,
  ) {
    this.#ul = ul;
    this.#draw = draw;
    this.#entered = entered;
    ul.addEventListener('scroll', () => this.#place(), { passive: true });
    ul.addEventListener('focusin', () => (this.#focused = Math.max(this.#indexOfFocus(), 0)));
    this.#resize = new ResizeObserver(() => {
      if (this.#width !== ul.clientWidth) this.refresh();
      else this.#place();
    });
    this.#resize.observe(ul);
  }

  destroy(): void {
    this.#resize.disconnect();
  }

  update(items: readonly UploadItem[]): void {
    if (items === this.#items) return;
    const current = this.current?.id;
    this.#items = items;
    const index = items.findIndex(({ id }) => id === current);
    if (index >= 0) this.#focused = index;
    this.#place();
  }

  /** Draws and measures every row anew, as after a change of language or width. */
  refresh(): void {
    this.#heights.clear();
    for (const row of this.#rows.values()) delete row.item;
    this.#place();
  }

  /** Moves focus by so many rows. */
  move(by: number): void {
    this.#focused = Math.min(Math.max(this.#focused + by, 0), this.#items.length - 1);
    this.#place();
    this.#focus();
  }

  /** The file whose row has focus, or last had it. */
  get current(): UploadItem | undefined {
    return this.#items[this.#focused];
  }

  #focus(): void {
    this.#rows.get(this.current?.id ?? '')?.li.focus();
  }

  #indexOfFocus(): number {
    const { activeElement } = this.#ul.getRootNode() as ShadowRoot;
    const li = activeElement && this.#ul.contains(activeElement) ? activeElement.closest('li') : null;
    return li ? Number(li.ariaPosInSet) - 1 : -1;
  }

  #place(): void {
    const ul = this.#ul;
    const items = this.#items;
    const focused = this.#indexOfFocus() >= 0;
    const columns = (this.cell && Math.floor(ul.clientWidth / this.cell)) || 1;
    const from = ul.scrollTop - MARGIN;
    const to = ul.scrollTop + ul.clientHeight + MARGIN;
    this.#width = ul.clientWidth;

    const { tops } = this.#layout(columns);
    const shown = new Map<string, number>();
    items.forEach(({ id }, i) => {
      const top = tops[i]!;
      if ((top < to && top + this.#height(id) > from) || i === this.#focused) shown.set(id, i);
    });
    for (const [id, { li }] of this.#rows) {
      if (shown.has(id)) continue;
      render(null, li);
      li.remove();
      this.#rows.delete(id);
    }

    let next = ul.firstElementChild;
    const drawn: [string, HTMLElement][] = [];
    for (const [id, i] of shown) {
      const row = this.#row(id);
      const { li } = row;
      if (li === next) next = li.nextElementSibling;
      else ul.insertBefore(li, next);
      li.ariaPosInSet = `${i + 1}`;
      li.ariaSetSize = `${items.length}`;
      if (row.item === items[i]) continue;
      const isNew = !li.firstChild;
      row.item = items[i]!;
      render(this.#draw(row.item), li);
      li.style.inlineSize = `${100 / columns}%`;
      drawn.push([id, li]);
      if (isNew) this.#entered(row.item, li);
    }
    for (const [id, li] of drawn) this.#heights.set(id, li.offsetHeight || ESTIMATE);

    const placed = this.#layout(columns);
    for (const [id, i] of shown) {
      const { style } = this.#row(id).li;
      style.insetBlockStart = `${placed.tops[i]}px`;
      style.insetInlineStart = `${((i % columns) * 100) / columns}%`;
    }
    ul.style.setProperty('--_block-size', `${placed.end}px`);

    if (focused && this.#indexOfFocus() < 0) {
      this.#focused = Math.min(this.#focused, items.length - 1);
      this.#focus();
    }
  }

  #height(id: string): number {
    return this.#heights.get(id) ?? ESTIMATE;
  }

  #layout(columns: number): { tops: number[]; end: number } {
    const tops: number[] = [];
    let end = 0;
    let line = 0;
    this.#items.forEach(({ id }, i) => {
      if (i % columns === 0) {
        end += line;
        line = 0;
      }
      tops.push(end);
      line = Math.max(line, this.#height(id));
    });
    return { tops, end: end + line };
  }

  #row(id: string): Row {
    let row = this.#rows.get(id);
    if (!row) {
      const li = document.createElement('li');
      li.tabIndex = -1;
      this.#rows.set(id, (row = { li }));
    }
    return row;
  }
}
