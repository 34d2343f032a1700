// Compiles, or the tag's types for React are wrong: `tsc -p test/frameworks`.
import { useRef } from 'react';
import type { S3UploaderElement } from '../../widget/index.ts';
import type {} from '../../widget/frameworks/react.ts';

export function Photos() {
  const uploader = useRef<S3UploaderElement>(null);
  return (
    <s3-uploader
      ref={uploader}
      className="photos"
      endpoint="/sign"
      multiple
      maxFileSize="20MB"
      layout="grid"
      headers={async () => ({ authorization: 'Bearer …' })}
      onupload-success={({ detail }) => detail.key.toUpperCase()}
      onupload-error={({ detail }) => detail.code === 'file-too-large' && uploader.current?.retry(detail.id)}
    >
      <span slot="button">Add photos</span>
    </s3-uploader>
  );
}

// @ts-expect-error there is no such layout
export const wrong = <s3-uploader endpoint="/sign" layout="circle" />;
