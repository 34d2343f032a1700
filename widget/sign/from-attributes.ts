import { UploadError } from '../core/errors.ts';
import { type Load, loadOnce } from '../core/lazy.ts';
import type { Sign } from '../core/sign.ts';
import type { SignerAccess } from './http/signer-request.ts';
import type { IdentityPool } from './cognito/credentials.ts';
import type { CognitoSign } from './cognito/cognito.ts';
import { endpoint } from './contract/endpoint.ts';
import type { FormHost } from './form/host.ts';
import { parseHostList } from './host-list.ts';

/** The tag, as far as it says who signs. */
export interface SigningAttributes extends FormHost {
  readonly endpoint?: string | undefined;
  readonly signer?: string | undefined;
  readonly signerMethod?: string | undefined;
  readonly identityPoolId?: string | undefined;
  readonly region?: string | undefined;
  readonly bucket?: string | undefined;
  readonly keyPrefix?: string | undefined;
  readonly logins?: IdentityPool['logins'];
  readonly headers?: SignerAccess['headers'];
  readonly metadata?: Record<string, string> | undefined;
  readonly withCredentials?: boolean | undefined;
}

/** Signs for the visitors of one tag, for as long as they are sent to the same place, as whom they are known there. */
interface Visit {
  readonly place: string;
  readonly sign: CognitoSign;
  login: string;
}

type Preset = (options: SignerAccess, load: Load, settings: SigningAttributes) => Promise<Sign>;

/** By their tags: what a page says anew of its files makes no guest another one. */
const visits = new WeakMap<SigningAttributes, Visit>();

/** Backends that people already run, each a chunk of its own. */
const PRESETS: Record<string, Preset> = {
  'presigned-post': async (options, load, { signerMethod }) =>
    (await load(() => import('./presets/presigned-post.ts'))).presignedPost({
      ...options,
      signerMethod: oneOf('signer-method', signerMethod?.toLowerCase() ?? 'post', ['get', 'post'] as const),
    }),
  companion: async (options, load) => (await load(() => import('./presets/companion.ts'))).companion(options),
  'better-upload': async (options, load, tag) =>
    (await load(() => import('./presets/better-upload.ts'))).betterUpload({
      ...options,
      allowedHosts: () => parseHostList(tag.allowedHosts),
    }),
  rails: async (options, load) => (await load(() => import('./presets/rails.ts'))).rails(options),
};

/**
 * Who signs, by the tag's attributes: Cognito, an endpoint with or without a preset, or, where nothing else is named, the
 * form inside of the tag.
 *
 * @throws {UploadError} `config`, naming the attribute that is wrong or missing
 */
export async function signerFromAttributes(tag: SigningAttributes, load: Load = loadOnce): Promise<Sign> {
  const { endpoint: url, signer, headers, metadata, withCredentials } = tag;
  if (tag.identityPoolId) return visitorOf(tag, load);
  const form = tag.querySelector<HTMLFormElement>('form:not([data-file])');
  if (!url && !signer && form) return (await load(() => import('./form/adopt-form.ts'))).adoptForm(form, tag);
  if (!url)
    throw missing('endpoint', signer === 'companion' ? 'https://companion.example' : '/sign', 'where the signer is');
  checkEndpoint(url, tag.baseURI);
  const options = { url, headers, metadata, withCredentials };
  if (!signer) return endpoint(options);
  return PRESETS[oneOf('signer', signer, Object.keys(PRESETS))]!(options, load, tag);
}

function checkEndpoint(url: string, base: string): void {
  if (!URL.canParse(url, base)) throw wrong('endpoint', url, '/sign');
  const { protocol, username, password } = new URL(url, base);
  if (username || password) {
    throw config(
      'The attribute "endpoint" has a name or a password in it, which no browser sends. Take them out; what the signer wants to know goes into the property headers.',
    );
  }
  if (!/^https?:$/.test(protocol)) throw wrong('endpoint', url, '/sign');
}

async function visitorOf(tag: SigningAttributes, load: Load): Promise<Sign> {
  const { identityPoolId = '', region, bucket, keyPrefix } = tag;
  if (!/^[a-z]{2}(-[a-z]+)+-\d+:[\w-]+$/.test(identityPoolId)) {
    throw wrong('identity-pool-id', identityPoolId, 'us-east-1:1234abcd-12ab-34cd-56ef-1234567890ab');
  }
  if (!region) throw missing('region', 'eu-central-1', 'the region of the bucket');
  if (!/^[a-z]{2}(-[a-z]+)+-\d+$/.test(region)) throw wrong('region', region, 'eu-central-1');
  if (!bucket) throw missing('bucket', 'my-uploads', 'the name of the bucket');
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
  if (!/^[\w.-]{3,255}$/.test(bucket)) throw wrong('bucket', bucket, 'my-uploads');
  const { cognito } = await load(() => import('./cognito/cognito.ts'));
  const place = [identityPoolId, region, bucket, keyPrefix].join(' ');
  const login = typeof tag.logins === 'function' ? 'asked for' : JSON.stringify(tag.logins ?? {});
  let visit = visits.get(tag);
  if (visit?.place !== place) {
    const logins = () => (typeof tag.logins === 'function' ? tag.logins() : tag.logins);
    const sign = cognito({ identityPoolId, region, bucket, keyPrefix, logins, metadata: () => tag.metadata });
    visits.set(tag, (visit = { place, sign, login }));
  }
  if (visit.login !== login) visit.sign.forget('visitor');
  visit.login = login;
  return visit.sign;
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
