import { FORMATS } from './file-format-table.ts';

/** A file format: its media types and file extensions. */
export interface FileFormat {
  /** Media types that mean this format, the preferred one first. */
  readonly types: readonly string[];
  /** Extensions in lower case, without a dot, the preferred one first. */
  readonly extensions: readonly string[];
}

/**
 * Types that say less than an extension: systems and browsers give them to files whose format has a type of its own. The
 * second pattern matches the preferred types of these formats.
 */
const VAGUE: readonly (readonly [type: RegExp, preferred: RegExp])[] = [
  // nothing is known
  [/^$|^(application|binary)\/octet-stream$|^application\/(x-)?(download|force-download|unknown)$|^unknown\//, /./],
  [/^text\/plain$/, /^text\/|[/+](json|xml|yaml|sql|x-sh|x-subrip|rtf)$/],
  [/^(application|text)\/xml$/, /\+xml$/],
  [/^application\/json$/, /\+json$/],
  [
    /^application\/(x-)?zip(-compressed)?$/,
    /\+zip$|openxmlformats|opendocument|java-archive|package-archive|apple\.(key|num|pag)/,
  ],
  // programs for archives register it on Windows
  [/^application\/x-compress(ed)?$/, /zip|rar$|7z|tar$|xz$|zstd$/],
  // documents of Office before 2007
  [/^application\/(x-ole-storage|cdfv2|vnd\.ms-office)$/, /msword|vnd\.(ms-|visio)/],
  // Windows with Excel
  [/^application\/vnd\.ms-excel$/, /^text\/(csv|tab-separated-values)$/],
  [/^(application|video)\/ogg$/, /^(audio|video)\/ogg$/],
  // raw pictures are TIFF inside
  [/^image\/tiff$/, /^image\/x-/],
];

const ALL: readonly FileFormat[] = FORMATS.trim()
  .split('\n')
  .map((line) => {
    const words = line.split(' ');
    return {
      types: words.filter((word) => word.includes('/')),
      extensions: words.flatMap((word) => /^[.+](.+)/.exec(word)?.[1] ?? []),
    };
  });
const BY_TYPE = new Map(ALL.flatMap((format) => format.types.map((type) => [type, format] as const)));

/** Formats by extension, the one that the extension has when nothing else is known first. */
const BY_EXTENSION = new Map<string, FileFormat[]>();
for (const [, type = '', words = ''] of FORMATS.matchAll(/^(\S+)(.*)$/gm)) {
  const format = BY_TYPE.get(type)!;
  for (const [, sign, extension = ''] of words.matchAll(/ ([.+])(\S+)/g)) {
    const formats = BY_EXTENSION.get(extension) ?? [];
    formats[sign === '.' ? 'unshift' : 'push'](format);
    BY_EXTENSION.set(extension, formats);
  }
}

/** The format that a media type in lower case means; undefined if the table lacks the type. */
export const formatOfType = (type: string): FileFormat | undefined => BY_TYPE.get(type);

/** The formats that files with an extension have, the most likely first; the extension is in lower case, without a dot. */
export const formatsOfExtension = (extension: string): readonly FileFormat[] => BY_EXTENSION.get(extension) ?? [];

/** Whether files of several formats have this type; it is in lower case. */
export const isVagueType = (type: string): boolean => VAGUE.some(([vague]) => vague.test(type));

/**
 * The formats that a file may have: that of its type, and those of its extension if the type says less than it.
 *
 * @param extension in lower case, without a dot
 * @param type in lower case, without parameters; may be empty
 */
export function formatsOf(extension: string, type: string): readonly FileFormat[] {
  const isVague = ({ types }: FileFormat): boolean =>
    VAGUE.some(([vague, preferred]) => vague.test(type) && preferred.test(types[0]!));
  return [
    ...formatsOfExtension(extension).filter(isVague),
    ...(type ? [formatOfType(type) ?? { types: [type], extensions: [] }] : []),
  ];
}

/**
 * Whether a file of these formats has a type.
 *
 * @param type a media type in lower case, or a wildcard such as `image/*`
 */
export const hasType = (formats: readonly FileFormat[], type: string): boolean =>
  formats.some(({ types }) =>
    // another name of a format may be of another top level, such as `image/pdf`
    type.endsWith('/*') ? types[0]!.startsWith(type.slice(0, -1)) : types.includes(type),
  );
