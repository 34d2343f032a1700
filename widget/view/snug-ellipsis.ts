const ELLIPSIS = '…';

/**
 * Makes an element whose text is cut off with an ellipsis as narrow as what is left of the text, so that no gap is between
 * the ellipsis and what follows. Reads the layout.
 *
 * @param element has one text node, and `text-overflow: ellipsis`
 */
export function fitToEllipsis(element: HTMLElement): void {
  const { style } = element;
  if (style.maxInlineSize) style.maxInlineSize = '';
  // beside the markers of Lit
  const text = [...element.childNodes].find((node) => node instanceof Text);
  const width = element.clientWidth;
  if (!text || element.scrollWidth <= width) return;
  const range = document.createRange();
  range.setStart(text, 0);
  const widthOf = (length: number): number => {
    range.setEnd(text, length);
    return range.getBoundingClientRect().width;
  };
  // a pixel less: browsers round the place of the ellipsis
  const room = width - ellipsisWidth(element) - 1;
  let fits = 0;
  for (let tooLong = text.length; tooLong - fits > 1;) {
    const length = (fits + tooLong) >> 1;
    if (widthOf(length) > room) tooLong = length;
    else fits = length;
  }
  style.maxInlineSize = `${Math.ceil(widthOf(fits) + width - room)}px`;
}

function ellipsisWidth(element: HTMLElement): number {
  const { font } = getComputedStyle(element);
  const context = document.createElement('canvas').getContext('2d')!;
  context.font = font;
  return context.measureText(ELLIPSIS).width;
}
