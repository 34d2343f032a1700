import { UploadError } from '../core/errors.ts';
import type { Sign } from '../core/sign.ts';
import type { BackendOptions } from './backend.ts';
import type { Logins } from './cognito-credentials.ts';
import { endpoint } from './endpoint.ts';
import type { AdoptedForm } from './form.ts';

/** What of the tag says who signs. */
export interface SignSettings {
  readonly endpoint?: string | undefined;
  readonly signer?: string | undefined;
  readonly signerMethod?: string | undefined;
  readonly identityPoolId?: string | undefined;
  readonly region?: string | undefined;
  readonly bucket?: string | undefined;
  readonly keyPrefix?: string | undefined;
  readonly logins?: Logins | (() => Logins | undefined | Promise<Logins | undefined>) | undefined;
  readonly headers?: BackendOptions['headers'];
  readonly metadata?: Record<string, string> | undefined;
  readonly withCredentials?: boolean | undefined;
}

/** One way in. */
export type Door = { readonly sign: Sign } & Partial<AdoptedForm>;

type Preset = (options: BackendOptions, settings: SignSettings) => Promise<Sign>;

/** Backends that people already run, each a chunk of its own. */
const PRESETS: Record<string, Preset> = {
  'presigned-post': async (options, { signerMethod }) =>
    (await import('./presets/presigned-post.ts')).presignedPost({
      ...options,
      signerMethod: oneOf('signer-method', signerMethod?.toLowerCase() ?? 'post', ['get', 'post']),
    }),
  companion: async (options) => (await import('./presets/companion.ts')).companion(options),
  'better-upload': async (options) => (await import('./presets/better-upload.ts')).betterUpload(options),
  rails: async (options) => (await import('./presets/rails.ts')).rails(options),
};

/**
 * Opens the door that the tag's attributes name: Cognito, an endpoint with or without a preset, or, where nothing else is
 * named, the form inside of the tag.
 *
 * @param start called when the visitor submits that form
 * @throws {UploadError} `config`, naming the attribute that is wrong or missing
 */
export async function choose(settings: SignSettings, form: HTMLFormElement | null, start: () => void): Promise<Door> {
  const { endpoint: url, signer, identityPoolId, headers, metadata, withCredentials } = settings;
  if (identityPoolId) {
    const { region, bucket, keyPrefix, logins } = settings;
    if (!/^[a-z]{2}(-[a-z]+)+-\d+:[\w-]+$/.test(identityPoolId)) {
      throw wrong('identity-pool-id', identityPoolId, 'us-east-1:1234abcd-12ab-34cd-56ef-1234567890ab');
    }
    if (!region) throw missing('region', 'eu-central-1', 'the region of the bucket');
    if (!bucket) throw missing('bucket', 'my-uploads', 'the name of the bucket');
    const { cognito } = await import('./cognito.ts');
    return { sign: cognito({ identityPoolId, region, bucket, keyPrefix, logins, metadata }) };
  }
  if (!url && !signer && form) return (await import('./form.ts')).adoptForm(form, start);
  if (!url)
    throw missing('endpoint', signer === 'companion' ? 'https://companion.example' : '/sign', 'where the signer is');
  const options = { url, headers, metadata, withCredentials };
  if (!signer) return { sign: endpoint(options) };
  return { sign: await PRESETS[oneOf('signer', signer, Object.keys(PRESETS))]!(options, settings) };
}

function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (!found) throw wrong(name, value, ...allowed);
  return found;
}

const wrong = (name: string, value: string, ...examples: string[]): UploadError =>
  config(`The attribute "${name}" is "${value}". Write ${examples.map((one) => `${name}="${one}"`).join(', or ')}.`);

const missing = (name: string, example: string, what: string): UploadError =>
  config(`The attribute "${name}" is missing. Set it to ${what}, as in ${name}="${example}".`);

const config = (message: string): UploadError => new UploadError('config', message, { phase: 'sign' });
