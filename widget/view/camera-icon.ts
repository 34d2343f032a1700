const SVG = 'http://www.w3.org/2000/svg';

/**
 * The icon of the avatar layout: it fills an empty circle, and on touch screens it shows that a picture can be replaced. The
 * layout's styles hide it elsewhere. An element, since a strict policy allows no image in a style sheet.
 */
export function cameraIcon(): SVGElement {
  const icon = document.createElementNS(SVG, 'svg');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', 'M3 8h4l2-3h6l2 3h4v11H3zm9 2a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7');
  icon.append(path);
  icon.setAttribute('viewBox', '0 0 24 24');
  icon.setAttribute('aria-hidden', 'true');
  icon.classList.add('camera');
  icon.part.add('icon');
  return icon;
}
