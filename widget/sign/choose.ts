import { UploadError } from '../core/errors.ts';
import { type Load, once } from '../core/load.ts';
import type { Sign } from '../core/sign.ts';
import type { BackendOptions } from './backend.ts';
import type { IdentityPool } from './cognito-credentials.ts';
import { endpoint } from './endpoint.ts';
import type { FormHost } from './form.ts';

/** The tag, as far as it says who signs. */
export interface SignSettings extends FormHost {
  readonly endpoint?: string | undefined;
  readonly signer?: string | undefined;
  readonly signerMethod?: string | undefined;
  readonly identityPoolId?: string | undefined;
  readonly region?: string | undefined;
  readonly bucket?: string | undefined;
  readonly keyPrefix?: string | undefined;
  readonly logins?: IdentityPool['logins'];
  readonly headers?: BackendOptions['headers'];
  readonly metadata?: Record<string, string> | undefined;
  readonly withCredentials?: boolean | undefined;
}

type Preset = (options: BackendOptions, load: Load, settings: SignSettings) => Promise<Sign>;

/** Backends that people already run, each a chunk of its own. */
const PRESETS: Record<string, Preset> = {
  'presigned-post': async (options, load, { signerMethod }) =>
    (await load(() => import('./presets/presigned-post.ts'))).presignedPost({
      ...options,
      signerMethod: oneOf('signer-method', signerMethod?.toLowerCase() ?? 'post', ['get', 'post'] as const),
    }),
  companion: async (options, load) => (await load(() => import('./presets/companion.ts'))).companion(options),
  'better-upload': async (options, load) =>
    (await load(() => import('./presets/better-upload.ts'))).betterUpload(options),
  rails: async (options, load) => (await load(() => import('./presets/rails.ts'))).rails(options),
};

/**
 * Who signs, by the tag's attributes: Cognito, an endpoint with or without a preset, or, where nothing else is named, the
 * form inside of the tag.
 *
 * @throws {UploadError} `config`, naming the attribute that is wrong or missing
 */
export async function choose(tag: SignSettings, load: Load = once): Promise<Sign> {
  const { endpoint: url, signer, identityPoolId, headers, metadata, withCredentials } = tag;
  if (identityPoolId) {
    const { region, bucket, keyPrefix, logins } = tag;
    if (!/^[a-z]{2}(-[a-z]+)+-\d+:[\w-]+$/.test(identityPoolId)) {
      throw wrong('identity-pool-id', identityPoolId, 'us-east-1:1234abcd-12ab-34cd-56ef-1234567890ab');
    }
    if (!region) throw missing('region', 'eu-central-1', 'the region of the bucket');
    if (!bucket) throw missing('bucket', 'my-uploads', 'the name of the bucket');
    const { cognito } = await load(() => import('./cognito.ts'));
    return cognito({ identityPoolId, region, bucket, keyPrefix, logins, metadata });
  }
  const form = tag.querySelector<HTMLFormElement>('form:not([data-file])');
  if (!url && !signer && form) return (await load(() => import('./form.ts'))).adoptForm(form, tag);
  if (!url)
    throw missing('endpoint', signer === 'companion' ? 'https://companion.example' : '/sign', 'where the signer is');
  const options = { url, headers, metadata, withCredentials };
  if (!signer) return endpoint(options);
  return PRESETS[oneOf('signer', signer, Object.keys(PRESETS))]!(options, load, tag);
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
