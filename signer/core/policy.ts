import type { ChecksumAlgorithm, FileRequest, RefusedFile } from '../../widget/core/protocol.ts';
import type { FileLimits } from './file-limits.ts';
import { cleanName, cleanPath, withExtension } from './file-name.ts';
import { keyExtension, storedType } from './media-types.ts';
import { choosePartSize, MAX_OBJECT_BYTES } from './multipart.ts';
import { checksumHeaders, contentDisposition, metadataHeaders } from './object-headers.ts';

/** The rules that a file of one caller is checked against. */
export interface UploadRules extends FileLimits {
  /** Bytes. Files of this size or more are multipart uploads. */
  multipartFrom: number;
  /** Bytes of a part to aim at, see `choosePartSize`. */
  partSize: number;
  /** How files below `multipartFrom` are uploaded. */
  method: 'POST' | 'PUT';
  /** The checksum to request for a file that comes without one. Default: none. */
  checksum?: ChecksumAlgorithm;
  /** The folder of the key, with a slash at its end. */
  folder: string;
}

/** One upload as it will be signed. It fixes everything about the object, so that the client decides nothing later. */
export interface Plan {
  /** The client's id for the file, echoed in responses. */
  id?: string;
  method: 'POST' | 'PUT' | 'MULTIPART';
  /** The object's key, with its folder. */
  key: string;
  /** Bytes. */
  size: number;
  /** The media type to store. */
  type: string;
  /** Headers that are stored with the object, without its type. Empty in the ticket of a multipart upload. */
  headers: Record<string, string>;
  /** In the ticket of a multipart upload: the digest of what the object is stored with, in place of its headers. */
  attributes?: string;
  /** MULTIPART only: bytes of a part. */
  partSize?: number;
  /** The algorithm of the checksum that the client must compute, for the file or for each part. */
  checksum?: ChecksumAlgorithm;
}

/**
 * Maximum bytes of one POST or PUT: 5 GB. Larger files need multipart.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html
 */
export const MAX_SINGLE_UPLOAD_BYTES = 5_000_000_000;

/**
 * Decides whether and how one file may be uploaded. Pure, except for the UUID in the key.
 *
 * The key contains no text of the client except the extension, and only a plain one that fits the type. So no file name can
 * put `${filename}`, `..` or a slash into it. The name of a download, and the name and path in the metadata, end in the same
 * extension: a program that is declared as a picture is downloaded as a broken picture.
 */
export function plan(
  file: FileRequest,
  metadata: Record<string, string>,
  rules: UploadRules,
  uuid: string = crypto.randomUUID(),
): Plan | RefusedFile {
  const { size, checksum } = file;
  const name = cleanName(file.name);
  const refuse = (code: string, message: string, limit?: number): RefusedFile => ({
    id: file.id,
    error: { code, message, limit },
  });
  const max = Math.min(rules.maxFileSize, MAX_OBJECT_BYTES);
  if (size > max) return refuse('file-too-large', `The file has ${size} bytes; the maximum is ${max}.`, max);
  const min = rules.minFileSize;
  if (size < min) return refuse('file-too-small', `The file has ${size} bytes; the minimum is ${min}.`, min);
  const type = storedType(name, file.type, rules.types);
  if (!type) return refuse('file-type', 'Files of this type are not accepted.');

  const isMultipart = size > MAX_SINGLE_UPLOAD_BYTES || (size > 0 && size >= rules.multipartFrom);
  const method = isMultipart ? 'MULTIPART' : rules.method;
  const value = checksum && 'value' in checksum ? checksum.value : undefined;
  const algorithm = checksum?.algorithm ?? rules.checksum;
  const extension = keyExtension(name, type, rules.types);
  const safeName = withExtension(name, extension);
  const headers: Record<string, string> = {
    'Content-Disposition': contentDisposition(safeName),
    ...metadataHeaders(metadata, safeName, file.path && cleanPath(file.path, extension)),
    ...(checksum && value && !isMultipart && checksumHeaders(checksum.algorithm, value, method)),
  };
  return {
    id: file.id,
    method,
    key: `${rules.folder}${uuid}${extension}`,
    size,
    type,
    headers,
    partSize: isMultipart ? choosePartSize(size, rules.partSize) : undefined,
    checksum: isMultipart || !value ? algorithm : undefined,
  };
}
