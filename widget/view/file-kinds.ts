import type { LabelKey } from '../locales/labels.ts';
import type { Localizer } from './localizer.ts';

/**
 * Names of file types, by top-level media type. Each has the extensions, media types and parts of media types that select it;
 * its own name in lower case does so too. A name with a slash is a whole media type. Other short names are written in capitals.
 */
const WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  image: {
    JPEG: 'jpg jfif pjpeg',
    PNG: '',
    GIF: '',
    WebP: '',
    HEIC: 'heif',
    AVIF: '',
    SVG: 'svgz',
    TIFF: 'tif',
    BMP: '',
    ICO: 'icon',
  },
  video: {
    MP4: 'm4v',
    MOV: 'quicktime qt',
    WebM: '',
    AVI: 'msvideo',
    MKV: 'matroska',
    MPEG: 'mpg',
    WMV: '',
    OGV: 'video/ogg',
    '3GP': '3gpp',
  },
  audio: {
    MP3: 'audio/mpeg',
    M4A: 'audio/mp4',
    WAV: 'wave',
    OGG: 'oga',
    WebM: 'weba audio/webm',
    AAC: '',
    FLAC: '',
    WMA: '',
    AIFF: 'aif',
    MIDI: 'mid',
    Opus: '',
  },
  text: {
    TXT: 'text/plain',
    CSV: 'text/comma-separated-values',
    Markdown: 'md',
    HTML: 'htm',
    CSS: '',
    JavaScript: 'js mjs',
    XML: '',
    ICS: 'calendar',
    vCard: 'vcf',
  },
  font: { TTF: '', OTF: '', WOFF: 'woff2' },
  model: { glTF: 'glb', STL: '', OBJ: '' },
  application: {
    Word: 'doc docx docm dot dotx msword wordprocessingml',
    Excel: 'xls xlsx xlsm xlsb xltx spreadsheetml',
    PowerPoint: 'ppt pptx pptm pps ppsx potx presentationml',
    ODT: 'application/vnd.oasis.opendocument.text',
    ODS: 'application/vnd.oasis.opendocument.spreadsheet',
    ODP: 'application/vnd.oasis.opendocument.presentation',
    Pages: '',
    Numbers: '',
    Keynote: '',
    Visio: 'vsd vsdx',
    Photoshop: 'psd',
    Illustrator: 'ai',
    JSON: '',
    YAML: 'yml',
    ZIP: '',
    '7z': '',
    RAR: '',
    GZIP: 'gz',
    'TAR.GZ': 'tgz',
  },
};

/** The words, with the top-level type of their kind, by each name. */
const BY_NAME: Readonly<Record<string, Kind>> = Object.fromEntries(
  Object.entries(WORDS).flatMap(([topLevel, words]) =>
    Object.entries(words).flatMap(([word, names]) =>
      `${word.toLowerCase()} ${names}`
        .trim()
        .split(' ')
        .map((name) => [name, { word, topLevel }]),
    ),
  ),
);

interface Kind {
  readonly word: string;
  readonly topLevel?: string;
}

/** The kinds of files that an `accept` attribute allows. */
export interface FileKinds {
  /** Words for them, as they are written inside a sentence: `images`, `PDF`. Each is there once. */
  readonly words: readonly string[];
  /** Whether all that is accepted has a word. */
  readonly isComplete: boolean;
  /** Number that selects the plural form of a sentence about them: `images` are plural, `audio` and `PDF` are not. */
  readonly n: number;
}

/**
 * Names the kinds of files that an `accept` attribute allows. What a wildcard such as `image/*` includes is not named again.
 *
 * @param accept as browsers read it
 * @param localizer has the texts of `en.ts` and `en-limits.ts`
 */
export function fileKinds(accept = '', localizer: Localizer): FileKinds {
  const tokens = accept
    .toLowerCase()
    .split(',')
    .flatMap((token) => token.trim() || []);
  const wildcards = new Set(tokens.flatMap((token) => (token.endsWith('/*') ? topLevelOf(token) : [])));
  const words = tokens.flatMap((token) => {
    const topLevel = topLevelOf(token);
    if (token === `${topLevel}/*`) return localizer.term(topLevel as LabelKey);
    const kind = kindOf(token);
    return [topLevel, kind?.topLevel].some((each) => wildcards.has(each!)) ? [] : (kind?.word ?? '');
  });
  const unique = [...new Set(words)].filter(Boolean);
  const isPlural = [...wildcards].some((topLevel) => topLevel !== 'audio');
  return { words: unique, isComplete: !words.includes(''), n: Math.max(unique.length, isPlural ? 2 : 1) };
}

const topLevelOf = (type: string): string => type.slice(0, Math.max(0, type.indexOf('/')));

/** @returns undefined if the type has no word */
function kindOf(token: string): Kind | undefined {
  const extension = /^\.(.+)/.exec(token)?.[1];
  if (extension) return known(extension) ?? { word: extension.toUpperCase() };
  // `vnd.openxmlformats-officedocument.wordprocessingml.document`, `epub+zip`, `x-7z-compressed`
  const parts = token.replace(/^.*\/|\+(xml|zip)$|-compressed$/g, '').split(/[.+-]/);
  for (const name of [token, ...parts]) {
    const kind = known(name);
    if (kind) return kind;
  }
  const last = parts.at(-1)!;
  return /^\w{2,5}$/.test(last) ? { word: last.toUpperCase() } : undefined;
}

const known = (name: string): Kind | undefined => (Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : undefined);
