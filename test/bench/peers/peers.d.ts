// The parts of the other uploaders that the benchmark uses. Declared here, because a plain `npm ci` does not install them.

declare module '*.css';

declare module '@uppy/core' {
  interface UppyFile {
    name: string;
  }
  export default class Uppy {
    constructor(options: { autoProceed: boolean });
    use(plugin: unknown, options: object): this;
    on(event: string, listener: (file: UppyFile, error?: Error) => void): this;
    addFiles(files: readonly { name: string; type: string; data: File; source: string }[]): void;
    getFiles(): UppyFile[];
    upload(): Promise<unknown>;
  }
}

declare module '@uppy/aws-s3' {
  const plugin: unknown;
  export default plugin;
}

declare module '@uppy/dashboard' {
  const plugin: unknown;
  export default plugin;
}

declare module 'dropzone' {
  export default class Dropzone {
    static autoDiscover: boolean;
    constructor(root: HTMLElement, options: object);
    on(event: string, listener: (file: File, message?: string) => void): this;
    addFile(file: File): void;
  }
}

declare module 'filepond' {
  interface FilePond {
    addFiles(files: readonly File[]): Promise<unknown>;
    processFiles(): Promise<unknown>;
    getFiles(): unknown[];
  }
  export function create(input: HTMLInputElement, options: object): FilePond;
  export function registerPlugin(...plugins: unknown[]): void;
}

declare module 'filepond-plugin-image-exif-orientation' {
  const plugin: unknown;
  export default plugin;
}

declare module 'filepond-plugin-image-preview' {
  const plugin: unknown;
  export default plugin;
}

declare module 'fine-uploader/lib/s3' {
  interface FineUploader {
    addFiles(files: readonly File[]): void;
    uploadStoredFiles(): void;
    getUuid(id: number): string;
    getName(id: number): string;
  }
  const qq: { s3: { FineUploader: new (options: object) => FineUploader } };
  export default qq;
}
