// Writes what each npm package contains and depends on, as CycloneDX: dist/sbom.cdx.json and signer/dist/sbom.cdx.json. Run it
// after the builds. `npm sbom` lists all packages of the repository. This script keeps the dependencies of one package, and adds the
// packages whose code is copied into its files.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The packages that are published, by the folder of their package.json. `vendor` has the code of packages that are copied. */
export const PUBLISHED = [
  { folder: '.', vendor: 'dist/vendor' },
  { folder: 'signer', vendor: undefined },
];

/** All packages of the repository, as npm lists them. */
export function readAllComponents() {
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 ** 2, shell: process.platform === 'win32' };
  return JSON.parse(execFileSync('npm', ['sbom', '--sbom-format=cyclonedx', '--package-lock-only'], options));
}

/**
 * The bill of materials of one package.
 *
 * @param all from {@link readAllComponents}
 */
export function sbomOf({ folder, vendor }, all) {
  const readPackage = (where) => JSON.parse(readFileSync(path.join(root, where, 'package.json'), 'utf8'));
  const { name, version, description, dependencies = {}, optionalDependencies = {} } = readPackage(folder);
  const direct = Object.entries({ ...dependencies, ...optionalDependencies }).map((entry) => entry.join('@'));
  const copied = vendor
    ? vendored(path.join(root, vendor)).map((each) => `${each}@${readPackage(`node_modules/${each}`).version}`)
    : [];
  const edges = new Map(all.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
  const found = new Set();
  const visit = (ref) => {
    if (found.has(ref)) return;
    found.add(ref);
    // A copied package brings only the files that are used, and these are in the folder, too.
    for (const next of edges.get(ref) ?? []) visit(next);
  };
  direct.forEach(visit);
  for (const ref of copied) found.add(ref);
  const own = `${name}@${version}`;
  const purl = `pkg:npm/${name}@${version}`;
  return {
    ...all,
    serialNumber: `urn:uuid:${crypto.randomUUID()}`,
    metadata: {
      ...all.metadata,
      component: { ...all.metadata.component, 'bom-ref': own, name, version, description, purl },
    },
    components: all.components.filter((component) => found.has(component['bom-ref'])).map(withoutSource),
    dependencies: [
      { ref: own, dependsOn: [...new Set([...direct, ...copied])] },
      ...[...found].map((ref) => ({ ref, dependsOn: (edges.get(ref) ?? []).filter((each) => found.has(each)) })),
    ],
  };
}

/** The address that a package was downloaded from depends on the machine; its purl and its hash do not. */
const withoutSource = ({ externalReferences = [], properties = [], ...component }) => ({
  ...component,
  scope: 'required',
  properties: properties.filter(({ name }) => !/:(path|development)$/.test(name)),
  externalReferences: externalReferences.filter(({ type }) => type !== 'distribution'),
});

/** Names of the packages in a folder, those with a scope included. */
function vendored(folder) {
  if (!existsSync(folder)) throw new Error(`${folder} is missing: run npm run build first`);
  return readdirSync(folder).flatMap((name) =>
    name.startsWith('@') ? readdirSync(path.join(folder, name)).map((each) => `${name}/${each}`) : [name],
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const all = readAllComponents();
  for (const each of PUBLISHED) {
    const file = path.join(root, each.folder, 'dist', 'sbom.cdx.json');
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(sbomOf(each, all), null, 2)}\n`);
    console.log(path.relative(root, file));
  }
}
