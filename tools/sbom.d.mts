/** A bill of materials in the format CycloneDX, with the members that are used here. */
export interface Sbom {
  bomFormat: string;
  specVersion: string;
  metadata: { component: { name: string; version: string } };
  components: { 'bom-ref': string; name: string; purl: string; hashes?: { alg: string; content: string }[] }[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

export interface PublishedPackage {
  folder: string;
  vendor: string | undefined;
}

export const PUBLISHED: readonly PublishedPackage[];
export function readAllComponents(): Sbom;
export function sbomOf(published: PublishedPackage, all: Sbom): Sbom;
