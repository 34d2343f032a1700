import type { ReactiveControllerHost } from 'lit';
import type { Sign } from '../../core/sign.ts';
import type { FormDefaults } from '../../sign/form/form-defaults.ts';
import type { AttributeSign, SigningAttributes } from '../../sign/from-attributes.ts';
import { isDoubtful } from '../attribute-doubts.ts';
import { firstInvalidAttribute } from '../attribute-rules.ts';
import type { LazyLoader } from '../lazy.ts';

/** A form of the page's own; those of file rows have `data-file`. */
const PAGE_FORM = 'form:not([data-file])';

/** An endpoint that needs no further check: without a port, a password, or a scheme other than HTTPS. */
const PLAIN_URL = /^(https:\/\/\w)?[^:@]*$/i;

interface BackendHost extends HTMLElement, ReactiveControllerHost, SigningAttributes {
  readonly sign?: Sign;
}

/** What a session of files knows about the set-up. */
interface CheckingSession {
  readonly fields: { readonly problem?: string } | undefined;
}

interface BackendOptions {
  readonly loader: LazyLoader;
  /** Loads the code that signs by the contract of this project's own signer. */
  readonly endpointSigner: () => Promise<Sign>;
  /** Called when the signer, or the problem with it, is known. */
  readonly changed: () => void;
}

/** Chooses the signer from the element's attributes. The signer's code is loaded when it is first needed. */
export class BackendController {
  /** Whether the attributes can be used: they name a signer, and every value makes sense. */
  isUsable = true;
  /**
   * The problem with the attributes and its fix, for the page's author; empty if there is none, or until its chunk is loaded.
   */
  problem = '';
  /** Limits and key of a policy form in the element; undefined until the form has been read. */
  formDefaults?: FormDefaults;
  /** Signs by the attributes' backend; loads it with the first call. Set by {@link configure}. */
  sign!: AttributeSign;
  readonly #host: BackendHost;
  readonly #options: BackendOptions;
  #resolve?: () => Promise<AttributeSign>;
  /** The signer from the attributes; kept, because it remembers a guest's identity. */
  #fromAttributes?: () => Promise<AttributeSign>;
  /** Why the attributes name no signer that can be used; empty if they do. */
  #signerProblem = '';

  constructor(host: BackendHost, options: BackendOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** Whether the attributes, or a form in the element, name a signer. */
  get isConfigured(): boolean {
    const { sign, endpoint, signer, identityPoolId } = this.#host;
    return [sign, endpoint, signer, identityPoolId, this.#pageForm].some(Boolean);
  }

  get #pageForm(): Element | null {
    return this.#host.querySelector(PAGE_FORM);
  }

  /** Reads the signing attributes again, after one of them or the form in the element has changed. */
  configure(): void {
    const host = this.#host;
    this.#signerProblem = '';
    // a plain endpoint cannot be wrong, on a page that may upload
    const isPlain =
      !!host.endpoint && !host.signer && !host.identityPoolId && origin !== 'null' && PLAIN_URL.test(host.endpoint);
    // the defaults of a form stay until the form is read again
    if (host.sign || isPlain || !this.#pageForm) this.formDefaults = undefined;
    this.#resolve = undefined;
    const { changed, endpointSigner } = this.#options;
    let signer: Promise<AttributeSign> | undefined;
    const resolve = async (): Promise<AttributeSign> => {
      const resolved: AttributeSign = await (signer ??= isPlain ? endpointSigner() : this.#signerFromAttributes());
      if (this.sign === lazy) {
        this.sign = resolved;
        this.formDefaults = resolved.formDefaults;
        changed();
      }
      return resolved;
    };
    const lazy: AttributeSign = async (...request) => (await resolve())(...request);
    this.#resolve = resolve;
    this.sign = host.sign ?? lazy;
    if (host.sign || isPlain || !this.isConfigured) return;
    resolve().catch((error: unknown) => {
      if (this.sign !== lazy) return;
      this.#signerProblem = (error as Error).message;
      changed();
    });
  }

  async #signerFromAttributes(): Promise<AttributeSign> {
    const { load } = this.#options.loader;
    const { createSignerFromAttributes } = await load(() => import('../../sign/from-attributes.ts'));
    return (this.#fromAttributes ??= createSignerFromAttributes(this.#host, load))();
  }

  /**
   * Checks every attribute.
   *
   * @param session finds more, once it is open: the problem with the template of file rows
   */
  check(session: CheckingSession | undefined): void {
    const { isConfigured } = this;
    const invalid = isConfigured ? firstInvalidAttribute(this.#host) : undefined;
    const problem = this.#signerProblem || session?.fields?.problem;
    this.isUsable = isConfigured && !problem && !invalid;
    if (this.isUsable && !isDoubtful(this.#host)) this.problem = '';
    else {
      void this.#options.loader
        .load(() => import('../attribute-errors.ts'), undefined, this.isUsable)
        .then(({ attributeError }) => {
          this.problem = attributeError(this.#host, this, problem, invalid);
          this.#host.requestUpdate();
        });
    }
  }

  /** The signer; undefined if the attributes name none that can be used: then {@link problem} has the reason. */
  async resolve(): Promise<Sign | undefined> {
    return this.#host.sign ?? this.#resolve?.().catch(() => undefined);
  }

  /** Resolves once the limits of a policy form have been read, if such a form signs. */
  async formRead(): Promise<void> {
    let resolve: unknown = null;
    // attributes may change meanwhile
    while (!this.#host.endpoint && this.#pageForm && resolve !== this.#resolve) {
      resolve = this.#resolve;
      await this.resolve();
    }
  }
}
