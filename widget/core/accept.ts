import { type FileFormat, formatOfType, formatsOf, formatsOfExtension, hasType, isVagueType } from './file-formats.ts';
import { isPlainlyAccepted } from './limits.ts';
import { bareType, mediaType, OCTET_STREAM } from './media-type.ts';

/** What an `accept` attribute means. */
export interface Accept {
  /** Extensions with a dot, media types, and wildcards such as `image/*`, in lower case. Empty: any file. */
  readonly tokens: readonly string[];
  /** The parts that mean nothing. They are ignored. */
  readonly unclear: readonly string[];
}

/** The meaning of an attribute `accept`. */
export interface AcceptMeaning {
  /** The attribute as browsers read it; undefined: any file. */
  readonly accept: string | undefined;
  /** What is wrong with the attribute, for the page's author; undefined if nothing is. */
  readonly problem: string | undefined;
}

/** The top-level types: https://www.iana.org/assignments/top-level-media-types, and two that were never registered. */
const TOP_LEVEL =
  /^(application|audio|chemical|example|font|haptics|image|message|model|multipart|text|video|x-[\w-]+)$/;

/** Words for a top-level type. */
const TOP_LEVEL_WORDS = [
  [/^(images?|img|imgs|pictures?|photos?)$/, 'image'],
  [/^(videos?|movies?)$/, 'video'],
  [/^(audios?|sounds?)$/, 'audio'],
  [/^fonts?$/, 'font'],
  [/^texts?$/, 'text'],
] as const;

const EVERYTHING = /^(\*|\.\*|\*\.\*|\*\/\*|any|all)$/;

/** A parameter of a type, such as `;charset=utf-8`. */
const PARAMETER = /;\s*[\w-]+\s*=\s*("[^"]*"|[^\s,;"]*)/g;

/** Reads an `accept` attribute, also one that is not written as browsers read it: `jpg; png`, `image`, `*.pdf`. */
export function readAccept(accept: string): Accept {
  const words = accept
    .toLowerCase()
    .replace(PARAMETER, '')
    .split(/[\s,;|"'[\]]+/)
    .filter(Boolean);
  const meant = words.map((word) => [word, EVERYTHING.test(word) ? '*/*' : tokenOf(word)] as const);
  const tokens = new Set(meant.flatMap(([, token]) => token ?? []));
  return {
    tokens: tokens.has('*/*') ? [] : [...tokens],
    unclear: meant.flatMap(([word, token]) => (token ? [] : word)),
  };
}

/** The meaning of an attribute `accept` that is not written as browsers read it, as members of the element's limits. */
export function acceptMeaning(accept: string): AcceptMeaning {
  const { tokens, unclear } = readAccept(accept);
  return {
    accept: tokens.join(', ') || undefined,
    problem: unclear.length
      ? `The attribute "accept" is "${accept}". "${unclear.join(' ')}" is neither a type nor an extension, and is ignored. ` +
        'Write types or extensions with commas between them, as in accept="image/*, .pdf".'
      : undefined,
  };
}

/** @returns undefined if the word means nothing */
function tokenOf(word: string): string | undefined {
  const [top = '', sub, ...more] = word.split('/');
  const topLevel = TOP_LEVEL_WORDS.find(([pattern]) => pattern.test(top))?.[1] ?? top;
  if (sub === undefined) {
    const [, dot, extension = ''] = /^\*?(\.?)([^*.'"(){}[\]<>]+(?:\.[^*.'"(){}[\]<>]+)*)$/.exec(word) ?? [];
    if (dot) return `.${extension}`;
    if (TOP_LEVEL.test(topLevel)) return `${topLevel}/*`;
    return formatsOfExtension(lastPart(extension)).length ? `.${extension}` : undefined;
  }
  if (more.length || !TOP_LEVEL.test(topLevel) || !/^(\*|[\w!#$&^.+-]+)$/.test(sub)) return undefined;
  const type = `${topLevel}/${sub}`;
  return formatOfType(type)?.types[0] ?? type;
}

const lastPart = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

/** The extension in lower case, without a dot; empty if the name has none. */
const extensionOf = (name: string): string => (name.includes('.') ? lastPart(name).toLowerCase() : '');

/**
 * Whether `accept` allows a file: by its extension, its type, another name of its type, or its extension's type if the
 * file's type says less.
 *
 * @param accept as the attribute of `<input type=file>`; parts that mean nothing are ignored
 */
export function isAccepted(file: { readonly name: string; readonly type: string }, accept = ''): boolean {
  const { tokens } = readAccept(accept);
  const name = file.name.toLowerCase();
  const type = bareType(file);
  if (isPlainlyAccepted({ name, type }, tokens.join())) return true;
  const extension = extensionOf(name);
  const formats = formatsOf(extension, type);
  return tokens.some((token) =>
    token.startsWith('.')
      ? formats.some((format) => isSpelling(extension, token.slice(1), format))
      : hasType(formats, token),
  );
}

/**
 * Whether a file of a type may be one that `accept` allows, although its name is not known, as while it is dragged. It may
 * if the type says little, or if an extension is not in the table of formats.
 */
export function mayBeAccepted(type: string, accept: string): boolean {
  const format = formatOfType(type.toLowerCase());
  if (!format || isVagueType(type.toLowerCase())) return true;
  const { tokens } = readAccept(accept);
  if (!tokens.length) return true;
  return tokens.some((token) => {
    if (!token.startsWith('.')) return hasType([format], token);
    const meant = formatsOfExtension(lastPart(token));
    return !meant.length || meant.includes(format);
  });
}

/**
 * Whether a file with an extension is meant by another extension of its format: `jfif` by `jpg`, and `htm` by `html`. The extensions of other formats than media can differ in content: `log` is not `txt`.
 */
function isSpelling(extension: string, meant: string, { types, extensions }: FileFormat): boolean {
  if (!extensions.includes(meant) || !extensions.includes(extension)) return false;
  return /^(audio|image|video)\//.test(types[0]!) || isShort(extension, meant) || isShort(meant, extension);
}

/** Whether a word has the letters of the other, in order: `yml` is short for `yaml`. */
const isShort = (short: string, long: string): boolean => new RegExp(`^${short.replace(/(?!^)/g, '.*')}`).test(long);

/**
 * The media type that both the signer and the storage get: the browser's, else that of the extension; undefined when the
 * table lacks the extension.
 */
export function typeOf(file: { readonly name: string; readonly type: string }): string | undefined {
  const type = mediaType(file);
  return type === OCTET_STREAM ? formatsOfExtension(extensionOf(file.name))[0]?.types[0] : type;
}
