import { missingAttribute, wrongAttribute } from '../signer-attribute-errors.ts';
import { cognito, type CognitoOptions, type CognitoSign } from './cognito.ts';
import { requireSubtle } from './sigv4.ts';

/** The attributes and properties of the element from which Cognito signs. */
export interface CognitoAttributes {
  /** The attribute `identity-pool-id`, as `region:uuid`. */
  readonly identityPoolId?: string;
  /** The attribute `region`: the region of the bucket. */
  readonly region?: string;
  /** The attribute `bucket`: the name of the bucket. */
  readonly bucket?: string;
  /** The attribute `key-prefix`. Default none. */
  readonly keyPrefix?: string;
  /** The property `logins`: the tokens of a visitor who has signed in. */
  readonly logins?: CognitoOptions['logins'];
  /** Stored with every object as `x-amz-meta-*`. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Makes the function that reads the signer from an element's attributes. It keeps the visitor's identity until the pool or the
 * bucket changes, or the logins do.
 *
 * @returns a function that throws {@link UploadError} `config`: on a page over plain http, and with the name of an attribute
 *   that is wrong or missing
 */
export function createCognitoFromAttributes(element: CognitoAttributes): () => CognitoSign {
  let known: { sign: CognitoSign; target: string } | undefined;
  return () => {
    requireSubtle();
    const { identityPoolId = '', region, bucket, keyPrefix } = element;
    if (!/^[a-z]{2}(-[a-z]+)+-\d+:[\w-]+$/.test(identityPoolId)) {
      throw wrongAttribute('identity-pool-id', identityPoolId, 'us-east-1:1234abcd-12ab-34cd-56ef-1234567890ab');
    }
    if (!region) throw missingAttribute('region', 'eu-central-1', 'the region of the bucket');
    if (!/^[a-z]{2}(-[a-z]+)+-\d+$/.test(region)) throw wrongAttribute('region', region, 'eu-central-1');
    if (!bucket) throw missingAttribute('bucket', 'my-uploads', 'the name of the bucket');
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    if (!/^[\w.-]{3,255}$/.test(bucket)) throw wrongAttribute('bucket', bucket, 'my-uploads');
    const target = [identityPoolId, region, bucket, keyPrefix].join(' ');
    if (known?.target !== target) {
      const options = {
        logins: () => (typeof element.logins === 'function' ? element.logins() : element.logins),
        metadata: () => element.metadata,
      };
      known = { sign: cognito({ identityPoolId, region, bucket, keyPrefix, ...options }), target };
    }
    return known.sign;
  };
}
