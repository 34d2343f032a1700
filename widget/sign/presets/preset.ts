import type { Sign } from '../../core/sign.ts';
import type { SignerAccess } from '../http/signer-request.ts';

/** The element's attributes that presets read, beside those in {@link SignerAccess}. */
export interface PresetAttributes {
  readonly allowedHosts?: string;
  readonly signerMethod?: string;
}

/**
 * Makes the signer of a preset from an element's attributes. Each preset module exports one as `fromAttributes`.
 *
 * @throws {UploadError} `config`, naming the attribute that is wrong
 */
export type PresetFromAttributes = (access: SignerAccess, element: PresetAttributes) => Sign;
