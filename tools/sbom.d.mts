/** A bill of materials in the format CycloneDX, with the members that are used here. */
export interface Sbom {
  bomFormat: string;
  specVersion: string;
  metadata: { component: { name: string; version: string } };
  components: { 'bom-ref': string; name: string; purl: string; hashes?: { alg: string; content: string }[] }[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

/** A package that is published. */
export interface PublishedPackage {
  /** Of its package.json, from the repository's root. */
  folder: string;
  /** Folder of copied packages; undefined: none. */
  vendor: string | undefined;
}

/** The packages that are published. */
export const PUBLISHED: readonly PublishedPackage[];
/** Lists all packages of the repository. */
export function readAllComponents(): Sbom;
/** The part of `all` that a published package contains and depends on. */
export function sbomOf(published: PublishedPackage, all: Sbom): Sbom;
