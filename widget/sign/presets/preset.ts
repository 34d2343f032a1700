import type { Sign } from '../../core/sign.ts';
import type { SignerAccess } from '../http/signer-request.ts';

/** The element's attributes that presets read in addition to those in {@link SignerAccess}. */
export interface PresetAttributes {
  /** The attribute `allowed-hosts`. Default: any host, over https. */
  readonly allowedHosts?: string;
  /** The attribute `signer-method`, which the preset `presigned-post` reads. */
  readonly signerMethod?: string;
}

/**
 * Makes the signer of a preset from an element's attributes. Each preset module exports one as `fromAttributes`.
 *
 * @throws {UploadError} `config`, naming the attribute that is wrong
 */
export type PresetFromAttributes = (access: SignerAccess, element: PresetAttributes) => Sign;
