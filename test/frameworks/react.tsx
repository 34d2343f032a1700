// A test of the element's types for React: it must compile with `tsc -p test/frameworks`.
import { useRef, useState } from 'react';
import { createRoot } from 'react-dom/client';
import type {} from '../../widget/frameworks/react.ts';
import type { S3UploaderElement } from '../../widget/index.ts';
import type { Mount } from './mount.ts';

function Photos({ endpoint }: { endpoint: string }) {
  const uploader = useRef<S3UploaderElement>(null);
  const [size, setSize] = useState('20MB');
  const [stored, setStored] = useState<string[]>([]);
  return (
    <>
      <s3-uploader
        ref={uploader}
        endpoint={endpoint}
        multiple
        maxFileSize={size}
        headers={async () => ({ 'X-Page': 'react' })}
        onupload-success={({ detail }) => setStored((names) => [...names, detail.name])}
        onupload-error={({ detail }) => detail.code === 'network' && uploader.current?.retry(detail.id)}
      >
        <span slot="button">Add photos</span>
      </s3-uploader>
      <button onClick={() => setSize('40MB')}>Allow more</button>
      {stored.map((name) => (
        <p key={name}>Stored: {name}</p>
      ))}
    </>
  );
}

export const mount: Mount = (target, endpoint) => {
  const root = createRoot(target);
  root.render(<Photos endpoint={endpoint} />);
  return () => root.unmount();
};

export const all = <s3-uploader endpoint="/sign" layout="grid" checksum="crc32c" noResume noWakeLock resize={2048} />;
// @ts-expect-error circle is no layout
export const wrong = <s3-uploader endpoint="/sign" layout="circle" />;
// @ts-expect-error value is read-only
export const readonly = <s3-uploader endpoint="/sign" value={['a']} />;
