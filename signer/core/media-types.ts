/**
 * The types that are allowed by default, each with its file extensions, the preferred one first. HTML, SVG, XML and
 * scripts are left out on purpose: opened from the bucket, they run as a page of the bucket's origin.
 */
const COMMON: Record<string, string> = {
  'image/jpeg': 'jpg jpeg jpe jfif',
  'image/png': 'png',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'image/avif': 'avif',
  'image/apng': 'apng',
  'image/heic': 'heic',
  'image/heif': 'heif',
  'image/tiff': 'tif tiff',
  'image/bmp': 'bmp',
  'image/jxl': 'jxl',
  'audio/mpeg': 'mp3',
  'audio/mp4': 'm4a',
  'audio/x-m4a': 'm4a',
  'audio/aac': 'aac',
  'audio/ogg': 'ogg oga opus',
  'audio/opus': 'opus',
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
  'audio/flac': 'flac',
  'audio/x-flac': 'flac',
  'audio/webm': 'weba',
  'audio/midi': 'mid midi',
  'video/mp4': 'mp4 m4v',
  'video/x-m4v': 'm4v',
  'video/quicktime': 'mov qt',
  'video/webm': 'webm',
  'video/ogg': 'ogv',
  'video/mpeg': 'mpeg mpg',
  'video/x-matroska': 'mkv',
  'video/matroska': 'mkv',
  'video/x-msvideo': 'avi',
  'video/x-ms-wmv': 'wmv',
  'video/3gpp': '3gp',
  'text/plain': 'txt text log',
  'text/csv': 'csv',
  'text/tab-separated-values': 'tsv',
  'text/markdown': 'md markdown',
  'application/pdf': 'pdf',
  'application/rtf': 'rtf',
  'application/epub+zip': 'epub',
  'application/msword': 'doc',
  'application/vnd.ms-excel': 'xls csv',
  'application/vnd.ms-powerpoint': 'ppt',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'pptx',
  'application/vnd.oasis.opendocument.text': 'odt',
  'application/vnd.oasis.opendocument.spreadsheet': 'ods',
  'application/vnd.oasis.opendocument.presentation': 'odp',
  'application/zip': 'zip',
  'application/x-zip-compressed': 'zip',
  'application/gzip': 'gz tgz',
  'application/x-gzip': 'gz tgz',
  'application/x-tar': 'tar',
  'application/x-bzip2': 'bz2',
  'application/x-xz': 'xz',
  'application/zstd': 'zst',
  'application/x-7z-compressed': '7z',
  'application/vnd.rar': 'rar',
  'application/x-rar-compressed': 'rar',
};

/** The types that are allowed by default. */
export const COMMON_TYPES: readonly string[] = Object.keys(COMMON);

/** Extensions by type. */
const EXTENSIONS = new Map(Object.entries(COMMON).map(([type, names]) => [type, names.split(' ')]));
/** Types by extension. Reversed, so that for an extension of two types the first in the table wins. */
const TYPES = new Map([...EXTENSIONS].flatMap(([type, names]) => names.map((name) => [name, type] as const)).reverse());

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
 * The type to store a file with: the one that the browser declared, or the one of the extension if the browser knew none.
 *
 * @returns undefined if the type is not allowed, malformed, or active content
 */
export function storedType(name: string, declared: string, allowed: readonly string[]): string | undefined {
  const extension = extensionOf(name);
  let type = declared.toLowerCase();
  if (type === '' || type === OCTET_STREAM) type = TYPES.get(extension) ?? OCTET_STREAM;
  if (!TYPE.test(type) || isActiveContent(type, extension)) return undefined;
  const wildcard = type.replace(/\/.*/, '/*');
  return allowed.includes(type) || allowed.includes(wildcard) || allowed.includes('*/*') ? type : undefined;
}

/** The extension for a key, with its dot: the name's own if it fits the type or the type is unknown, else the type's. */
export function keyExtension(name: string, type: string): string {
  const own = extensionOf(name);
  const known = EXTENSIONS.get(type);
  const extension = known && !known.includes(own) ? known[0] : own;
  return extension ? `.${extension}` : '';
}
