// Generates the table of media types from mime-db (https://github.com/jshttp/mime-db), which collects those of IANA, Apache
// and nginx, and from the other names that systems and browsers use for them.
//
//   node tools/file-formats.mjs          writes widget/core/file-format-table.ts, and copies it and file-formats.ts to the signer
//   node tools/file-formats.mjs --check  fails if one of these files is out of date
//
// The signer has copies because it is a package of its own, which imports nothing but types from the widget.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import db from 'mime-db';

/**
 * The preferred name of a type, and other names for the same format, of the same top-level type unless they have their own.
 * Sources: the aliases of https://gitlab.freedesktop.org/xdg/shared-mime-info, which Linux desktops use; the registry of
 * Windows with common programs; `extraMimeEntries` of Firefox and `net/base/mime_util.cc` of Chromium.
 */
const ALIASES = `
application/dicom: image/dicom image/x-dicom
application/epub+zip: epub x-epub+zip
application/geo+json: vnd.geo+json
application/gpx+xml: gpx x-gpx x-gpx+xml
application/gzip: x-gzip x-gunzip gzipped gzip-compressed x-gzip-compressed x-tgz x-compressed-tar
application/java-archive: x-java-archive x-jar
application/json: x-json text/json text/x-json
application/msword: doc vnd.ms-word vnd.msword winword x-msword ms-word x-doc
application/ogg: x-ogg
application/pdf: x-pdf acrobat nappdf vnd.pdf applications/vnd.pdf image/pdf text/pdf text/x-pdf
application/pkcs7-mime: x-pkcs7-mime
application/pkcs7-signature: x-pkcs7-signature
application/postscript: eps x-eps x-postscript image/eps image/x-eps
application/rtf: x-rtf text/rtf text/richtext
application/sql: x-sql text/sql text/x-sql
application/vnd.android.package-archive: apk x-apk
application/vnd.apple.keynote: x-iwork-keynote-sffkey
application/vnd.apple.numbers: x-iwork-numbers-sffnumbers
application/vnd.apple.pages: x-iwork-pages-sffpages
application/vnd.debian.binary-package: x-debian-package x-deb
application/vnd.fdf: fdf
application/vnd.google-earth.kml+xml: kml kml+xml
application/vnd.google-earth.kmz: kmz
application/vnd.microsoft.portable-executable: x-msdownload x-msdos-program x-dosexec x-ms-dos-executable exe x-exe
application/vnd.ms-access: msaccess x-msaccess mdb x-mdb vnd.msaccess
application/vnd.ms-excel: excel x-excel msexcel x-msexcel x-ms-excel xls x-xls x-dos_ms_excel
application/vnd.ms-outlook: x-msg
application/vnd.ms-powerpoint: powerpoint x-powerpoint mspowerpoint x-mspowerpoint ms-powerpoint ppt
application/vnd.ms-project: msproj msproject x-msproject x-ms-project mpp
application/vnd.ms-xpsdocument: xps oxps
application/vnd.oasis.opendocument.presentation: x-vnd.oasis.opendocument.presentation
application/vnd.oasis.opendocument.spreadsheet: x-vnd.oasis.opendocument.spreadsheet
application/vnd.oasis.opendocument.text: x-vnd.oasis.opendocument.text
application/vnd.rar: x-rar x-rar-compressed rar
application/vnd.sqlite3: x-sqlite3 sqlite3
application/vnd.visio: visio x-visio
application/x-7z-compressed: 7z x-7zip x-7z
application/x-apple-diskimage: apple-diskimage
application/x-bzip2: bzip2 x-bz2 x-bzip-compressed-tar
application/x-chess-pgn: vnd.chess-pgn
application/x-iso9660-image: x-cd-image
application/x-lzh-compressed: x-lha x-lzh
application/x-pkcs12: pkcs12
application/x-rpm: x-redhat-package-manager
application/x-sh: x-shellscript text/x-sh text/x-shellscript
application/x-shockwave-flash: vnd.adobe.flash.movie
application/x-subrip: x-srt text/srt text/x-srt
application/x-tar: tar x-gtar
application/x-x509-ca-cert: pkix-cert x-x509-user-cert
application/x-xz: xz
application/xliff+xml: x-xliff x-xliff+xml
application/xml: x-xml text/xml
application/zip: x-zip x-zip-compressed zip-compressed multipart/x-zip
application/zstd: x-zstd
audio/aac: x-aac aacp x-hx-aac-adts vnd.dlna.adts
audio/aiff: x-aiff x-aifc
audio/amr: x-amr
audio/flac: x-flac application/x-flac
audio/midi: mid x-midi x-mid sp-midi
audio/mp4: m4a x-m4a mp4a-latm x-m4b x-m4p
audio/mpeg: mp3 x-mp3 x-mpeg mpeg3 x-mpeg-3 mpg x-mpg x-mpegaudio
audio/ogg: opus vorbis x-ogg x-vorbis x-vorbis+ogg
audio/wav: x-wav wave vnd.wave x-pn-wav
audio/x-matroska: matroska
audio/x-mpegurl: mpegurl m3u x-m3u application/vnd.apple.mpegurl application/x-mpegurl
audio/x-ms-wma: wma
audio/x-pn-realaudio: x-realaudio vnd.rn-realaudio
font/otf: application/x-font-otf application/font-otf application/vnd.ms-opentype
font/ttf: application/x-font-ttf application/x-font-truetype application/font-ttf application/x-truetype-font
font/woff: application/font-woff application/x-font-woff
font/woff2: application/font-woff2 application/x-font-woff2
image/avif: avif-sequence
image/bmp: x-bmp x-ms-bmp x-windows-bmp
image/emf: x-emf
image/gif: x-gif
image/heic: heic-sequence
image/heif: heif-sequence
image/jp2: jpeg2000 jpeg2000-image x-jpeg2000-image
image/jpeg: jpg pjpeg x-jpeg x-jpg x-citrix-jpeg jfif
image/png: x-png x-citrix-png
image/svg+xml: svg svg-xml
image/tiff: tif x-tiff x-tif
image/vnd.adobe.photoshop: photoshop x-photoshop psd x-psd application/photoshop application/x-photoshop application/psd
image/vnd.djvu: x-djvu x.djvu
image/vnd.dwg: x-dwg dwg application/acad application/x-acad application/dwg application/x-dwg application/autocad_dwg
image/vnd.dxf: x-dxf dxf application/dxf application/x-dxf
image/vnd.microsoft.icon: x-icon icon x-ico ico application/ico
image/vnd.zbrush.pcx: x-pcx
image/webp: x-webp
image/wmf: x-wmf application/x-wmf application/x-msmetafile
image/x-tga: targa tga x-targa
model/3mf: application/vnd.ms-3mfdocument application/vnd.ms-package.3dmanufacturing-3dmodel+xml
model/stl: x.stl-ascii x.stl-binary application/sla application/vnd.ms-pki.stl application/x-navistyle
model/obj: application/x-tgif
text/calendar: ics x-vcalendar application/ics
text/csv: x-csv comma-separated-values x-comma-separated-values application/csv application/x-csv
text/javascript: ecmascript x-javascript application/javascript application/x-javascript application/ecmascript
text/markdown: x-markdown vnd.daringfireball.markdown x-web-markdown
text/plain: txt x-log
text/tab-separated-values: tsv x-tsv
text/vcard: x-vcard directory
text/vtt: x-vtt
text/yaml: x-yaml application/yaml application/x-yaml
video/3gpp: 3gp x-3gpp audio/3gpp
video/3gpp2: 3g2 audio/3gpp2
video/mp4: mp4v-es x-m4v m4v application/mp4
video/mpeg: x-mpeg mpg x-mpeg2 mpeg-system x-mpeg-system
video/ogg: x-ogg
video/quicktime: mov image/mov
video/x-flv: flv application/x-flash-video
video/x-matroska: matroska mkv
video/x-ms-asf: application/vnd.ms-asf
video/x-ms-wmv: wmv
video/x-msvideo: avi msvideo x-avi vnd.avi divx vnd.divx
`;

/** Extensions that mime-db lacks, or has in another order: the first one is the preferred one. */
const EXTENSIONS = `
application/gzip: gz tgz
application/vnd.debian.binary-package: deb
application/vnd.sqlite3: sqlite sqlite3 db
application/vnd.visio: vsd vsdx
application/x-bzip2: bz2 tbz2
application/x-subrip: srt
application/zstd: zst zstd
audio/aiff: aiff aif aifc
audio/midi: mid midi
audio/mp4: m4a mp4a m4b m4p
audio/mpeg: mp3
audio/ogg: ogg oga opus
audio/x-matroska: mka
application/x-xz: xz txz
image/jpeg: jpg jpeg jpe jfif pjpeg pjp
image/svg+xml: svg
image/tiff: tif tiff
image/vnd.adobe.photoshop: psd
image/vnd.djvu: djvu djv
image/wmf: wmf
image/x-adobe-dng: dng
image/x-canon-cr2: cr2
image/x-canon-cr3: cr3
image/x-fuji-raf: raf
image/x-nikon-nef: nef
image/x-olympus-orf: orf
image/x-panasonic-rw2: rw2
image/x-sony-arw: arw
text/calendar: ics
text/html: html htm
text/javascript: js mjs cjs
text/markdown: md markdown
text/plain: txt
text/vcard: vcf
text/yaml: yaml yml
video/mp2t: mts m2ts m2t ts
video/mp4: mp4 m4v
video/mpeg: mpg mpeg
video/ogg: ogv
video/quicktime: mov qt
`;

/** The types that extensions of two formats have when nothing else is known. The other types stay possible. */
const PREFERRED = {
  ac: 'application/pkix-attr-cert',
  asc: 'application/pgp-signature',
  mpp: 'application/vnd.ms-project',
  obj: 'model/obj',
  org: 'text/x-org',
  pdb: 'application/vnd.palm',
  prc: 'application/x-mobipocket-ebook',
  sub: 'image/vnd.dvb.subtitle',
  xsl: 'application/xml',
};

/** These mean any file, or any archive: `file-formats.ts` treats them as vague. */
const LEFT_OUT = ['application/octet-stream', 'application/x-compressed'];

/** @returns {Map<string, string[]>} the lists of a table above, with the preferred type's top level for names without one */
function readLists(text, withTopLevel) {
  return new Map(
    text
      .trim()
      .split('\n')
      .map((line) => {
        const [type, list] = line.split(': ');
        const top = type.slice(0, type.indexOf('/') + 1);
        return [type, list.split(' ').map((name) => (withTopLevel && !name.includes('/') ? top + name : name))];
      }),
  );
}

/**
 * One line for each format: its types, the preferred first, and its extensions. `.ext` stands where the extension has this
 * type when nothing else is known, and `+ext` where it may have it.
 *
 * @throws {Error} if two formats claim one type
 */
export function formatLines() {
  const aliases = readLists(ALIASES, true);
  const extensions = readLists(EXTENSIONS);
  const canonical = new Map();
  for (const [type, names] of aliases) {
    for (const name of [type, ...names]) {
      if (canonical.has(name)) throw new Error(`${name} is listed for ${canonical.get(name)} and for ${type}`);
      canonical.set(name, type);
    }
  }
  const formats = new Map();
  const formatOf = (type) => {
    const key = canonical.get(type) ?? type;
    if (!formats.has(key)) formats.set(key, new Set(extensions.get(key)));
    return formats.get(key);
  };
  for (const type of [...aliases.keys(), ...extensions.keys()]) formatOf(type);
  for (const [type, { extensions: own = [] }] of Object.entries(db)) {
    if (own.length && !LEFT_OUT.includes(type)) for (const extension of own) formatOf(type).add(extension);
  }
  const claims = new Map();
  for (const [type, own] of formats) for (const one of own) claims.set(one, [...(claims.get(one) ?? []), type]);
  const preferred = (extension) => {
    const types = claims.get(extension);
    return PREFERRED[extension] ?? types.find((type) => extensions.get(type)?.includes(extension)) ?? rank(types)[0];
  };
  return [...formats]
    .map(([type, own]) => [
      type,
      ...(aliases.get(type) ?? []),
      ...[...own].map((extension) => (preferred(extension) === type ? '.' : '+') + extension),
    ])
    .map((words) => words.join(' '))
    .sort();
}

/** Registered types first, then those outside `application`, then by name. */
const rank = (types) =>
  types.toSorted(
    (a, b) =>
      (db[b]?.source === 'iana') - (db[a]?.source === 'iana') ||
      a.startsWith('application/') - b.startsWith('application/') ||
      (a < b ? -1 : 1),
  );

const GENERATED = '// Generated by tools/file-formats.mjs. Do not edit.\n';

/** The generated files: their text by path from the root. */
export function generatedFiles() {
  const table = `${GENERATED}
/**
 * One line for each format: its media types, the preferred first, and its extensions. \`.ext\`: files with this extension have
 * the format when nothing else is known; \`+ext\`: they may have it. From mime-db ${version()}.
 */
export const FORMATS = \`
${formatLines().join('\n')}
\`;
`;
  const code = readFileSync(new URL('../widget/core/file-formats.ts', import.meta.url), 'utf8');
  return {
    'widget/core/file-format-table.ts': table,
    'signer/core/file-format-table.ts': table,
    'signer/core/file-formats.ts': GENERATED.replace('.mjs', '.mjs from widget/core/file-formats.ts') + code,
  };
}

const version = () =>
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).devDependencies['mime-db'];

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, text] of Object.entries(generatedFiles())) {
    const file = new URL(`../${name}`, import.meta.url);
    if (!process.argv.includes('--check')) writeFileSync(file, text);
    else if (readFileSync(file, 'utf8') !== text) {
      console.error(`${name} is out of date: run node tools/file-formats.mjs`);
      process.exitCode = 1;
    }
  }
}
