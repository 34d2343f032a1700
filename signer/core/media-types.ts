import { formatsOf, formatsOfExtension, formatOfType } from './file-formats.ts';

/**
 * The types that are allowed by default. HTML, SVG, XML and scripts are left out on purpose: opened from the bucket, they run
 * as a page of the bucket's origin.
 */
export const COMMON_TYPES: readonly string[] = [
  'image/jpeg',
  'image/png',
  'image/gif',
  'image/webp',
  'image/avif',
  'image/apng',
  'image/heic',
  'image/heif',
  'image/tiff',
  'image/bmp',
  'image/jxl',
  'audio/mpeg',
  'audio/mp4',
  'audio/x-m4a',
  'audio/aac',
  'audio/ogg',
  'audio/opus',
  'audio/wav',
  'audio/x-wav',
  'audio/flac',
  'audio/x-flac',
  'audio/webm',
  'audio/midi',
  'video/mp4',
  'video/x-m4v',
  'video/quicktime',
  'video/webm',
  'video/ogg',
  'video/mpeg',
  'video/x-matroska',
  'video/matroska',
  'video/x-msvideo',
  'video/x-ms-wmv',
  'video/3gpp',
  'text/plain',
  'text/csv',
  'text/tab-separated-values',
  'text/markdown',
  'application/pdf',
  'application/rtf',
  'application/epub+zip',
  'application/msword',
  'application/vnd.ms-excel',
  'application/vnd.ms-powerpoint',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  'application/vnd.oasis.opendocument.text',
  'application/vnd.oasis.opendocument.spreadsheet',
  'application/vnd.oasis.opendocument.presentation',
  'application/zip',
  'application/x-zip-compressed',
  'application/gzip',
  'application/x-gzip',
  'application/x-tar',
  'application/x-bzip2',
  'application/x-xz',
  'application/zstd',
  'application/x-7z-compressed',
  'application/vnd.rar',
  'application/x-rar-compressed',
];

/** A type name as in RFC 6838, without parameters. A comma is excluded: S3 reads it as a list of types. */
const TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/;

/** Types that a browser or a server may execute. */
const ACTIVE_TYPE =
  /^text\/(html|xsl|x-php|x-server-parsed-html|x-sh|x-shellscript|cache-manifest)$|[/+-]xml$|xhtml|\/xml-|(java|ecma|j|live|vb|type)script|\/(x-)?(sh|csh|bash|php|perl|hta|httpd-php.*|shockwave-flash|mhtml|related|rfc822|x-mixed-replace)$/;

/** Extensions of files that a browser or a server may execute. */
const ACTIVE_EXTENSIONS = new Set(
  (
    'html htm shtml shtm xhtml xhtm xht hta mht mhtml svg svgz xml xsl xslt rdf rss atom xul js mjs cjs jse ' +
    'vbs vbe wsf wsh ps1 sh bash zsh csh ksh fish bat cmd php php3 php4 php5 php7 php8 phps phtml phar pht asp ' +
    'aspx ashx asmx jsp jspx cfm cgi pl py rb lua swf htaccess htpasswd'
  ).split(' '),
);

/** The type of a file whose type is unknown: browsers offer it as a plain download. */
export const OCTET_STREAM = 'application/octet-stream';

/**
 * The extension in lower case, without its dot. Empty if the name has none, or one that is not 1 to 10 ASCII letters or
 * digits.
 */
export function extensionOf(name: string): string {
  const [, extension = ''] = /[^/\\.]\.([A-Za-z0-9]{1,10})[. ]*$/.exec(name) ?? [];
  return extension.toLowerCase();
}

/** Whether a browser or a server may execute such a file. No setting allows these. */
export const isActiveContent = (type: string, extension = ''): boolean =>
  ACTIVE_TYPE.test(type.toLowerCase()) || ACTIVE_EXTENSIONS.has(extension);

/**
 * Checks an allow-list.
 *
 * @throws {TypeError} if it is empty, contains anything but exact types and wildcards, or names active content
 */
export function checkTypes(types: readonly string[]): void {
  if (types.length === 0) throw new TypeError('must name at least one type');
  for (const type of types) {
    const isType = type === '*/*' || TYPE.test(type.replace(/\/\*$/, '/x'));
    if (!isType) throw new TypeError(`must be types such as image/png or image/*, not "${type}"`);
    if (isActiveContent(type))
      throw new TypeError(`must not name ${type}: browsers execute it as a page of the bucket's origin`);
  }
}

/**
 * The type to store a file with: the one that the browser declared, or the one of the extension if the browser knew none. If
 * the allow-list has the same format under another name, that name is stored. So no type outside the list is.
 *
 * @returns undefined if the type is not allowed, malformed, or active content
 */
export function storedType(name: string, declared: string, allowed: readonly string[]): string | undefined {
  const extension = extensionOf(name);
  const type = declared.toLowerCase() || OCTET_STREAM;
  if (!TYPE.test(type) || isActiveContent(type, extension)) return undefined;
  if (formatOfType(type)?.types.some((each) => isActiveContent(each))) return undefined;
  const names = formatsOf(extension, type).map(
    ({ types }) => types.find((each) => allowed.includes(each)) ?? types[0]!,
  );
  if (type !== OCTET_STREAM) names.unshift(type);
  // `<s3-uploader>` takes a type that the browser does not know from the extension, and it may be a rare one
  const isGuess = !COMMON_TYPES.includes(type) && formatsOfExtension(extension)[0]?.types[0] === type;
  if (isGuess) names.push(OCTET_STREAM);
  return names.find((each) => isAllowedType(each, allowed));
}

/** Whether an allow-list contains the type that a file is stored with, and the type is not active content. */
export const isAllowedType = (type: string, allowed: readonly string[]): boolean =>
  !isActiveContent(type) && [type, type.replace(/\/.*/, '/*'), '*/*'].some((each) => allowed.includes(each));

/**
 * Extensions of programs and shortcuts that Windows, macOS, Linux, Android or Java start. Only a type that is theirs in the table
 * of formats gets one of them.
 */
const PROGRAM_EXTENSIONS = new Set(
  (
    'scr pif cpl msc msp mst inf ins reg scf url website theme gadget wsc sct psc1 psm1 psd1 ps1xml cdxml xbap ocx sys drv ' +
    'img vhdx ade adp mde command tool workflow action terminal fileloc inetloc webloc app pkg mpkg desktop run appimage ' +
    'flatpakref snap elf so dylib xll diagcab vsto slk job pyz pyw scpt webarchive vb ws iqy jar jardiff war ear apk air htc'
  ).split(' '),
);

/** The extension of a file that has none that it may keep. */
const UNKNOWN_EXTENSION = 'bin';

/**
 * The extension for a key and for the name of a download, with its dot: the name's own if it fits the type, else the type's. A
 * type that the table of formats lacks keeps the name's own only if the signer allows this very type, and unless the extension
 * means another format or a program: a client may make up a type of a wildcard such as `image/*`.
 *
 * @param name as `cleanName` returns it
 * @param allowed the types that the signer allows
 */
export function keyExtension(name: string, type: string, allowed: readonly string[] = []): string {
  const own = extensionOf(name);
  const [preferred] = formatOfType(type)?.extensions ?? [];
  const isProgram = PROGRAM_EXTENSIONS.has(own) && !formatOfType(type)?.extensions.includes(own);
  const isFormat = formatsOf(own, type).some(({ extensions }) => extensions.includes(own));
  const isFitting = type === OCTET_STREAM || (isFormat && !isProgram);
  // `a.library-ms` and `.exe` have no plain extension, and Windows opens them
  const isForeign = own
    ? !allowed.includes(type) || formatsOfExtension(own).length > 0 || isProgram
    : name.includes('.');
  const extension = isFitting ? own : (preferred ?? (isForeign ? UNKNOWN_EXTENSION : own));
  return extension && `.${extension}`;
}
