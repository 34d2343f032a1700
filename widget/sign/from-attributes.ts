import { type Load, loadOnce } from '../core/lazy.ts';
import type { Sign } from '../core/sign.ts';
import { configError, missingAttribute, requireOneOf, wrongAttribute } from './signer-attribute-errors.ts';
import type { CognitoSign } from './cognito/cognito.ts';
import type { CognitoAttributes } from './cognito/cognito-attributes.ts';
import { endpoint } from './contract/endpoint.ts';
import type { FormSign } from './form/form-defaults.ts';
import type { FormHost } from './form/host.ts';
import type { SignerAccess } from './http/signer-request.ts';
import type { PresetAttributes, PresetFromAttributes } from './presets/preset.ts';

/** The attributes and properties of the element that select a signer. The README describes them. */
export interface SigningAttributes
  extends CognitoAttributes, FormHost, PresetAttributes, Pick<HTMLElement, 'baseURI' | 'querySelector'> {
  /** The attribute `endpoint`: the address of the signer, absolute or relative to the page. */
  readonly endpoint?: string;
  /** The attribute `signer`: the name of a preset. Default: this project's contract. */
  readonly signer?: string;
  /** The property `headers`, for requests to the signer only. */
  readonly headers?: SignerAccess['headers'];
  /** Texts for the signer that apply to all files. */
  readonly metadata?: Record<string, string>;
  /** The attribute `with-credentials`: whether cookies are sent to a signer of another origin. Default false. */
  readonly withCredentials?: boolean;
}

/** A `sign`, with `formDefaults` if a form signs, and `forget` if Cognito does. */
export type AttributeSign = Sign & Partial<Pick<FormSign, 'formDefaults'> & Pick<CognitoSign, 'forget'>>;

/** The presets by their value of the attribute `signer`. Each is loaded as a chunk of its own. */
const PRESETS: Record<string, () => Promise<{ fromAttributes: PresetFromAttributes }>> = {
  'presigned-post': () => import('./presets/presigned-post.ts'),
  companion: () => import('./presets/companion.ts'),
  'better-upload': () => import('./presets/better-upload.ts'),
  rails: () => import('./presets/rails.ts'),
};

/** Of pages from `file://` and in sandboxed frames: https://html.spec.whatwg.org/#concept-origin-opaque */
const NO_ORIGIN =
  'This page cannot upload: its origin is "null", which signers and buckets do not allow. Open the page from a web server, not from a file; in a sandboxed frame, add "allow-same-origin" to its "sandbox" attribute.';

/**
 * Makes the function that selects the signer by an element's attributes: Cognito, an endpoint with or without a preset, or a
 * form in the element if the attributes name neither. Make one function for each element and call it after each change of the
 * attributes: it remembers a guest's Cognito identity and the names that a form has given to files.
 *
 * @param load imports the chunks of presets
 * @returns a function that throws {@link UploadError} `config`, naming the attribute that is wrong or missing
 */
export function createSignerFromAttributes(
  element: SigningAttributes,
  load: Load = loadOnce,
): () => Promise<AttributeSign> {
  const forms = new WeakMap<HTMLFormElement, FormSign>();
  let resolveCognito: (() => CognitoSign) | undefined;
  return async () => {
    const { endpoint: url, signer, headers, metadata, withCredentials } = element;
    if (globalThis.origin === 'null') throw configError(NO_ORIGIN);
    if (element.identityPoolId) {
      const { createCognitoFromAttributes } = await load(() => import('./cognito/cognito-attributes.ts'));
      return (resolveCognito ??= createCognitoFromAttributes(element))();
    }
    const form = element.querySelector<HTMLFormElement>('form:not([data-file])');
    if (!url && !signer && form) {
      const { adoptForm } = await load(() => import('./form/adopt-form.ts'));
      const sign = forms.get(form) ?? adoptForm(form, element);
      forms.set(form, sign);
      return sign;
    }
    if (!url) {
      const example = signer === 'companion' ? 'https://companion.example' : '/sign';
      throw missingAttribute('endpoint', example, 'the address of the signer');
    }
    checkEndpoint(url, element.baseURI);
    const access = { url, headers, metadata, withCredentials, load };
    if (!signer) return endpoint(access);
    const { fromAttributes } = await load(PRESETS[requireOneOf('signer', signer, Object.keys(PRESETS))]!);
    return fromAttributes(access, element);
  };
}

/** Hosts of the visitor's own machine, which browsers trust without TLS: https://www.w3.org/TR/secure-contexts/#is-origin-trustworthy */
const LOOPBACK = /^(.+\.)?localhost$|^127\.|^\[::1\]$/;

function checkEndpoint(url: string, base: string): void {
  if (!URL.canParse(url, base)) throw wrongAttribute('endpoint', url, '/sign');
  const { protocol, username, password, host, hostname } = new URL(url, base);
  if (username || password) {
    throw configError(
      'The attribute "endpoint" contains a user name or a password, which browsers do not send. Remove them, and send credentials by the property "headers".',
    );
  }
  if (!/^https?:$/.test(protocol)) throw wrongAttribute('endpoint', url, '/sign');
  if (protocol === 'http:' && globalThis.location?.protocol === 'https:' && !LOOPBACK.test(hostname)) {
    throw configError(
      `The attribute "endpoint" is an http address, and browsers let a page from https send nothing to it. Serve the signer over https: endpoint="https://${host}…".`,
    );
  }
}
