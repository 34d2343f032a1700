/** An object that is stored. */
export interface StoredObject {
  /** The bucket's name. */
  bucket: string;
  /** The object's key, raw: not percent-encoded. */
  key: string;
  /** The object's URL, without a signature. */
  location: string;
  /** Without quotes. */
  etag: string;
  /** Bytes. */
  size: number;
  /** The media type that the object is stored with. */
  type: string;
  /** The caller's id, as `authorize` returned it. */
  owner: string;
}

/** One action of the signer, for audit logs and metrics. Never contains a secret, a ticket or a signed URL. */
export interface SignerEvent {
  /**
   * The call that was made; `form` for `GET /form`, `refused` for a response of 400 to 499, `error` for one of 500 or above.
   */
  action:
    | 'sign'
    | 'sign-again'
    | 'parts'
    | 'list'
    | 'complete'
    | 'abort'
    | 'confirm'
    | 'delete'
    | 'form'
    | 'refused'
    | 'error';
  /** The caller's id, as `authorize` returned it. Absent for an error, and for a refusal before the caller is known. */
  owner?: string;
  /** The object's key, raw: not percent-encoded. Absent for an error, and for a refused request or file. */
  key?: string;
  /** Bytes. For a form, the maximum size of its file. */
  size?: number;
  /** The media type that the object is stored with. */
  type?: string;
  /** How the file is uploaded. */
  method?: 'POST' | 'PUT' | 'MULTIPART';
  /** Seconds until the signature expires. */
  expires?: number;
  /** `parts`, and `sign` for the first parts: the numbers of the parts that were signed. */
  parts?: readonly number[];
  /** The code of the problem or of the refused file. Absent if the action succeeded. */
  code?: string;
  /** `error` and `refused` only: the HTTP status of the response. */
  status?: number;
  /** `error` only: the original error. For the log, never for the client. */
  error?: unknown;
}

type UploadFields = Pick<SignerEvent, 'key' | 'size' | 'type' | 'method'>;

/** The members of an upload that belong into its events. */
export const uploadFields = ({ key, size, type, method }: UploadFields): UploadFields => ({ key, size, type, method });
