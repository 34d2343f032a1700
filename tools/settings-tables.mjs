// Generates the settings tables of signer/README.md from signer/service/settings-table.ts. Each table stands between its
// markers:
//
//   <!-- settings-basics:start --> … <!-- settings-basics:end -->      also: auth, files, limits, completion, metrics
//
//   node --import tsx tools/settings-tables.mjs          writes the tables
//   node --import tsx tools/settings-tables.mjs --check  fails if a table is out of date
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { SETTINGS } from '../signer/service/settings-table.ts';

const README = new URL('../signer/README.md', import.meta.url);
const PLATFORMS = { lambda: 'Lambda', worker: 'Workers' };

/**
 * Returns the README with current tables.
 *
 * @param {string} readme
 * @param {Record<string, Omit<import('../signer/service/setting.ts').Setting, 'schema'>>} settings
 */
export async function withSettings(readme, settings = SETTINGS) {
  const groups = new Set(Object.values(settings).map(({ group }) => group));
  for (const group of groups) {
    if (!readme.includes(`<!-- settings-${group}:start -->`)) {
      throw new Error(`signer/README.md has no table for the group "${group}": add <!-- settings-${group}:start -->`);
    }
  }
  const filled = readme.replace(
    /(<!-- settings-(\w+):start -->\n)[^]*?(<!-- settings-\2:end -->)/g,
    (_all, start, group, end) => {
      if (!groups.has(group)) throw new Error(`signer/README.md: there is no group of settings called "${group}"`);
      return `${start}\n${table(Object.entries(settings).filter(([, setting]) => setting.group === group))}\n\n${end}`;
    },
  );
  return format(filled, { ...(await resolveConfig(fileURLToPath(README))), parser: 'markdown' });
}

function table(rows) {
  const cells = rows.map(([name, setting]) => [`\`${name}\``, describe(setting), showDefault(setting)]);
  return [['Variable', 'What it sets', 'Default'], ['---', '---', '---'], ...cells]
    .map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
}

function describe({ description, requiredOn = {}, refusedOn = {} }) {
  const namesIn = (platforms) => Object.keys(platforms).map((platform) => PLATFORMS[platform]);
  const required = namesIn(requiredOn).join(' and ');
  const refused = namesIn(refusedOn).join(' or ');
  return [description, required && `Required on ${required}.`, refused && `Not on ${refused}.`]
    .filter(Boolean)
    .join(' ');
}

function showDefault({ required, defaultText, default: value }) {
  if (required) return 'required';
  if (defaultText !== undefined) return defaultText;
  if (value === undefined) return '';
  return `\`${typeof value === 'boolean' ? Number(value) : value}\``;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const readme = readFileSync(README, 'utf8');
  const current = await withSettings(readme);
  if (!process.argv.includes('--check')) {
    writeFileSync(README, current);
  } else if (current !== readme) {
    console.error('signer/README.md is out of date. Write its tables: node --import tsx tools/settings-tables.mjs');
    process.exitCode = 1;
  }
}
