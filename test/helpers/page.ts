import { computeAccessibleName, getRole, isInaccessible } from 'dom-accessibility-api';
import type { S3UploaderEventMap } from '../../widget/events.ts';
import type { S3UploaderElement } from '../../widget/s3-uploader.ts';

/** What a visitor meets in a tag: elements by role and accessible name, those that are hidden from them left out. */
export function allByRole(tag: HTMLElement, role: string, name?: string | RegExp): HTMLElement[] {
  return [...tag.shadowRoot!.querySelectorAll<HTMLElement>('*')].filter((element) => {
    if (getRole(element) !== role || isInaccessible(element)) return false;
    if (name === undefined) return true;
    const actual = computeAccessibleName(element);
    return typeof name === 'string' ? actual === name : name.test(actual);
  });
}

/** The one such element, or undefined. */
export function byRole(tag: HTMLElement, role: string, name?: string | RegExp): HTMLElement | undefined {
  const found = allByRole(tag, role, name);
  if (found.length > 1) throw new Error(`${found.length} elements are a ${role} named ${String(name)}`);
  return found[0];
}

type Maybe<T> = T | undefined | null | false | 0;

/**
 * Waits for something to be, as often as it is drawn: no sleeps, and no more time than it takes.
 *
 * @throws {Error} after 10 seconds, saying what was waited for.
 */
export async function until<T>(what: string, get: () => Maybe<T> | Promise<Maybe<T>>): Promise<T> {
  const end = performance.now() + 10_000;
  for (;;) {
    const value = await get();
    if (value) return value;
    if (performance.now() > end) throw new Error(`Waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 16));
  }
}

/** Waits until the page has been drawn so many times. */
export async function frames(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise(requestAnimationFrame);
}

/** The tag's next event of a type. */
export const next = <K extends keyof S3UploaderEventMap>(
  tag: S3UploaderElement,
  type: K,
): Promise<S3UploaderEventMap[K]> =>
  new Promise((resolve) => {
    tag.addEventListener(type, (event) => resolve(event as S3UploaderEventMap[K]), { once: true });
  });

export const dataTransfer = (files: readonly File[]): DataTransfer => {
  const data = new DataTransfer();
  for (const file of files) data.items.add(file);
  return data;
};

/** What the browser does when a visitor has chosen files in its picker. */
export function pick(tag: HTMLElement, files: readonly File[]): void {
  const input = tag.shadowRoot!.querySelector('input')!;
  input.files = dataTransfer(files).files;
  input.dispatchEvent(new Event('change'));
}

/** Drags files over a target and drops them, as a mouse does. */
export function drop(target: EventTarget, files: readonly File[]): void {
  const data = dataTransfer(files);
  for (const type of ['dragenter', 'dragover', 'drop']) {
    target.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, composed: true, cancelable: true }));
  }
}

export const textFile = (name: string, size = 12, type = 'text/plain'): File =>
  new File(['x'.repeat(size)], name, { type });

export const MIB = 2 ** 20;

/** A video, by its name and type, of whole MiB that are not zeros: nothing on the way can make them fewer. */
export function film(size: number, name = 'film.mp4'): File {
  const piece = new Uint8Array(MIB).map((_, at) => (at * 7) % 251);
  return new File(
    Array.from({ length: size / MIB }, () => piece),
    name,
    { type: 'video/mp4' },
  );
}

/** A real picture, drawn by the browser. */
export async function picture(name: string, width = 320, height = 200, type = 'image/png'): Promise<File> {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d')!;
  const gradient = context.createLinearGradient(0, 0, width, height);
  gradient.addColorStop(0, '#f6c');
  gradient.addColorStop(1, '#26c');
  context.fillStyle = gradient;
  context.fillRect(0, 0, width, height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, type));
  return new File([blob!], name, { type: blob!.type });
}

const TOLD = ['alert', 'button', 'list', 'listitem', 'progressbar', 'status', 'textbox'];

/** What a screen reader is given of an element, a line each, indented: role and name, a bar's share, and all other words. */
export function accessibilityTree(element: Element, indent = ''): string[] {
  if (isInaccessible(element)) return [];
  const role = getRole(element) ?? '';
  const children = (indent: string): string[] =>
    [...element.children].flatMap((child) => accessibilityTree(child, indent));
  const text = wordsIn(element).replace(/\s+/g, ' ').trim();
  if (!TOLD.includes(role)) {
    const isPlain = ![...element.querySelectorAll('*')].some((inner) => TOLD.includes(getRole(inner) ?? ''));
    return isPlain ? (text ? [`${indent}"${text}"`] : []) : children(indent);
  }
  const name = computeAccessibleName(element);
  const { position } = element as HTMLProgressElement;
  const share =
    role !== 'progressbar' ? '' : position < 0 ? ' of unknown share' : ` at ${Math.round(position * 100)} %`;
  const isDisabled = (element as HTMLButtonElement).disabled ? ', disabled' : '';
  const line = `${indent}${role}${name && ` "${name}"`}${share}${isDisabled}`;
  if (role === 'button' || role === 'progressbar') return [line];
  if (!element.children.length) return [text ? `${line}: "${text}"` : line];
  return [line, ...children(`${indent}  `)];
}

const wordsIn = (element: Element): string =>
  [...element.childNodes]
    .map((node) =>
      node instanceof Element ? (isInaccessible(node) ? '' : wordsIn(node)) : node instanceof Text ? node.data : '',
    )
    .join('');

/** What the tag says of its files, a line each. */
export const lines = (tag: S3UploaderElement): string[] =>
  allByRole(tag, 'listitem').map((row) => row.textContent.replace(/\s+/g, ' ').trim());
