// Generates the tables of README.md from dist/custom-elements.json, and those of docs/errors.md from
// widget/view/error-table.ts, each between its markers:
//
//   <!-- attributes:start --> … <!-- attributes:end -->      also: fields, events, methods, slots, parts, properties, states
//
//   node --import tsx tools/readme-tables.mjs          writes them
//   node --import tsx tools/readme-tables.mjs --check  fails if one is out of date
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { enErrors } from '../widget/locales/en-errors.ts';
import { ERROR_CAUSES, ERROR_TEXTS } from '../widget/view/error-table.ts';

/** The documents with tables. */
export const DOCUMENTS = ['README.md', 'docs/errors.md'];
const MANIFEST = new URL('../dist/custom-elements.json', import.meta.url);

/** A document with its tables as the manifest has them. */
export async function withTables(text, manifest) {
  const tag = manifest.modules
    .flatMap(({ declarations }) => declarations ?? [])
    .find(({ tagName }) => tagName === 's3-uploader');
  if (!tag) throw new Error('dist/custom-elements.json describes no <s3-uploader>: is its class documented with @tag?');
  if (!/<!-- \w+:start -->/.test(text)) throw new Error('The document has no marker such as <!-- attributes:start -->');
  const filled = text.replace(
    /(<!-- (\w+):start -->\n)[^]*?(<!-- \2:end -->)/g,
    (_all, start, name, end) => `${start}\n${table(name, tag)}\n\n${end}`,
  );
  return format(filled, { ...(await resolveConfig(fileURLToPath(pathOf('README.md')))), parser: 'markdown' });
}

function table(name, tag) {
  switch (name) {
    case 'attributes':
      return rows(['Attribute', 'Value', 'What it does'], tag.attributes, ({ name, type, description }) => [
        code(name),
        type.text === 'boolean' ? 'by presence' : type.text.split('|').map(valueName).join(', '),
        description,
      ]);
    case 'fields':
      return rows(['Property', 'Value'], documented(tag.members, 'field'), ({ name, readonly, description }) => [
        code(name) + (readonly ? ' (read-only)' : ''),
        description,
      ]);
    case 'events':
      return rows(['Event', 'When'], tag.events, ({ name, description }) => [code(name), description]);
    case 'methods':
      return rows(
        ['Method', 'What it does'],
        documented(tag.members, 'method'),
        ({ name, parameters = [], description }) => [
          code(`${name}(${parameters.map((each) => each.name + (each.optional ? '?' : '')).join(', ')})`),
          description,
        ],
      );
    case 'errors':
      return rows(['Code', 'Who can fix it', 'Cause', 'Fix'], Object.entries(ERROR_CAUSES), ([name, [cause, fix]]) => [
        code(name),
        ERROR_TEXTS[name][0],
        cause,
        fix,
      ]);
    case 'troubleshooting':
      return rows(['The visitor reads', 'Code'], codesByText(), ([key, codes]) => [
        enErrors[key].other ?? enErrors[key],
        codes.map(code).join(', '),
      ]);
    case 'slots':
      return rows(['Slot', 'What it holds'], tag.slots, ({ name, description }) => [
        name ? code(name) : 'default',
        description,
      ]);
    case 'parts':
      return rows(['Part', 'What it is'], tag.cssParts, ({ name, description }) => [code(name), description]);
    case 'properties':
      return rows(['Custom property', 'Default', 'What it sets'], tag.cssProperties, (each) => [
        code(each.name),
        each.default ? code(each.default) : '',
        each.description,
      ]);
    case 'states':
      return rows(['State', 'When'], tag.cssStates, ({ name, description }) => [code(`:state(${name})`), description]);
    default:
      throw new Error(`There is no table called "${name}"`);
  }
}

/** The codes of each text. The text of `invalid` is the application's own. */
function codesByText() {
  const byText = new Map();
  for (const [name, [, key]] of Object.entries(ERROR_TEXTS))
    if (name !== 'invalid') byText.set(key, [...(byText.get(key) ?? []), name]);
  return [...byText];
}

const documented = (members, kind) =>
  members.filter((member) => member.kind === kind && member.description && member.privacy !== 'private');

function rows(titles, items = [], cells) {
  const lines = [titles, titles.map(() => '---'), ...items.map(cells)];
  return lines.map((line) => `| ${line.map((cell) => escaped(cell ?? '')).join(' | ')} |`).join('\n');
}

const code = (text) => `\`${text}\``;
const valueName = (type) => (type.startsWith("'") ? code(type.replaceAll("'", '')) : type.trim());
const escaped = (text) => text.replace(/\s+/g, ' ').replaceAll('|', '\\|');

function pathOf(document) {
  return new URL(`../${document}`, import.meta.url);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const manifest = JSON.parse(readFileSync(MANIFEST, 'utf8'));
  for (const document of DOCUMENTS) {
    const text = readFileSync(pathOf(document), 'utf8');
    const current = await withTables(text, manifest);
    if (!process.argv.includes('--check')) {
      writeFileSync(pathOf(document), current);
    } else if (current !== text) {
      console.error(`${document} is not current. Write its tables: npm run readme`);
      process.exitCode = 1;
    }
  }
}
