/** @jsxImportSource solid-js */
// A test of the element's types for Solid: it must compile with `tsc -p test/frameworks`.
import { createSignal, For } from 'solid-js';
import { render } from 'solid-js/web';
import type {} from '../../widget/frameworks/solid.ts';
import type { Mount } from './mount.ts';

export const mount: Mount = (target, endpoint) => {
  const [size, setSize] = createSignal('20MB');
  const [stored, setStored] = createSignal<string[]>([]);
  return render(
    () => (
      <>
        <s3-uploader
          endpoint={endpoint}
          multiple
          max-file-size={size()}
          prop:headers={() => ({ 'X-Page': 'solid' })}
          on:upload-success={({ detail }) => setStored((names) => [...names, detail.name])}
        />
        <button onClick={() => setSize('40MB')}>Allow more</button>
        <For each={stored()}>{(name) => <p>Stored: {name}</p>}</For>
      </>
    ),
    target,
  );
};

// @ts-expect-error a listener gets an event, not a string
export const wrong = () => <s3-uploader on:upload-success={(key: string) => void key} />;
