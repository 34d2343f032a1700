import { html, type TemplateResult } from 'lit';
import type { UploadItem } from '../core/item.ts';
import { typeIconsCss } from './type-icons.css.ts';

const PAGE = 'M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8zv5h5';
const WRITTEN_PAGE = `${PAGE}M9 12.5h6M9 16.5h4`;
const FRAME = 'M5 4h14a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2z';

/** SVG paths by the kind of a file, in a square of 24 units. */
const PATHS = {
  document: WRITTEN_PAGE,
  pdf: WRITTEN_PAGE,
  sheet: `${FRAME}M3 9.3h18M3 14.7h18M9.5 9.3V20`,
  slides: 'M4 4h16v11.5H4zM2.5 4h19M12 15.5V18m-4 3 4-3 4 3M8.5 12V9.5m3.5 2.5v-4.5m3.5 4.5V8.5',
  archive: 'M4 9h16v10a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2zM3 4h18v5H3zm7 9h4',
  code: `${FRAME}M9 9l-3 3 3 3m6-6 3 3-3 3m-2-6.5-2 7`,
  text: 'M4 5h16M4 9.7h16M4 14.3h16M4 19h9',
  audio: 'M9 17.5a3 2.5 0 1 1-6 0 3 2.5 0 0 1 6 0V6l12-2.5v12a3 2.5 0 1 1-6 0 3 2.5 0 0 1 6 0',
  film: `${FRAME}m5 4.5 5.5 3.5-5.5 3.5z`,
  font: 'M12 4 5 20m7-16 7 16M7.6 14h8.8M3 20h4m10 0h4',
  model: 'M12 2.5 20.5 7.25v9.5L12 21.5l-8.5-4.75v-9.5zM3.5 7.25 12 12l8.5-4.75M12 12v9.5',
  image: `${FRAME}M3 17l5-5 4 4 3-3 6 5.5M15 8.5h.1`,
  other: PAGE,
};

/** A kind of file, which has an icon and a colour. */
type Kind = keyof typeof PATHS;

/** Media types that say more than an extension. `video` is not among them: systems give it to TypeScript, `.ts`. */
const SURE_TYPES: readonly (readonly [Kind, RegExp])[] = [
  ['image', /^image\//],
  ['audio', /^audio\//],
  ['font', /^font\//],
  ['model', /^model\//],
];

/** Extensions by kind. */
const EXTENSIONS: readonly (readonly [Kind, string])[] = [
  ['pdf', 'pdf'],
  ['document', 'doc docm docx dot dotx eml epub mobi msg odt ott pages rtf tex wpd'],
  ['sheet', 'csv numbers ods ots tsv xls xlsb xlsm xlsx xltx'],
  ['slides', 'key odp otp potx pps ppsx ppt pptm pptx'],
  ['archive', '7z apk bz2 cab deb dmg gz iso jar rar rpm tar tgz xz zip zst'],
  [
    'code',
    'bat c cc cpp cs css go h htm html ipynb java js json jsx kt less lua mjs php pl ps1 py rb rs scss sh sql svelte swift toml ts tsx vue wasm xml yaml yml',
  ],
  ['text', 'conf ini log md nfo rst srt txt vtt'],
  ['audio', 'aac aif aiff flac m4a mid midi mp3 oga ogg opus wav wma'],
  ['film', '3gp avi flv m2ts m4v mkv mov mp4 mpeg mpg mts ogv webm wmv'],
  ['font', 'eot otf ttc ttf woff woff2'],
  ['model', '3ds 3mf blend dae dwg dxf fbx glb gltf obj ply step stl stp usdz'],
  [
    'image',
    'ai arw avif bmp cr2 cr3 dng eps gif heic heif ico jpeg jpg jxl nef png psd raw sketch svg tif tiff webp xcf',
  ],
];

/** Media types of files whose extension is not known. The first that matches decides: types of Office contain `xml`. */
const TYPES: readonly (readonly [Kind, RegExp])[] = [
  ['film', /^video\//],
  ['pdf', /pdf/],
  ['sheet', /spreadsheet|excel|csv/],
  ['slides', /presentation|powerpoint/],
  ['document', /word|opendocument\.text|rtf|epub/],
  ['archive', /zip|compressed|-tar|rar$|archive/],
  ['code', /json|xml|script|html|css|yaml|sql/],
  ['text', /^text\//],
];

/** The kind of a file, by its media type and the extension of its name. */
function kindOf({ name, type }: Pick<UploadItem, 'name' | 'type'>): Kind {
  const extension = /.\.([^.]+)$/.exec(name.toLowerCase())?.[1];
  const hasType = ([, pattern]: readonly [Kind, RegExp]): boolean => pattern.test(type);
  const found =
    SURE_TYPES.find(hasType) ??
    EXTENSIONS.find(([, words]) => extension && words.split(' ').includes(extension)) ??
    TYPES.find(hasType);
  return found?.[0] ?? 'other';
}

/** Draws the icon of a file, with letters below it where there is room. */
export type TypeIcon = (item: Pick<UploadItem, 'name' | 'type'>, letters: string) => TemplateResult;

/** Gives a shadow root the styles of icons, and returns the function that draws them. */
export function typeIcons({ adoptedStyleSheets }: ShadowRoot): TypeIcon {
  adoptedStyleSheets.push(typeIconsCss.styleSheet!);
  return (item, letters) => {
    const kind = kindOf(item);
    return html`<span class="type ${kind}"
      ><svg part="icon" viewBox="0 0 24 24"><path d=${PATHS[kind]} /></svg><span>${letters}</span></span
    >`;
  };
}
