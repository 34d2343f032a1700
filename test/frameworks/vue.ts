// A test of the element's types for Vue: it must compile with `tsc -p test/frameworks`.
import { createApp, type GlobalComponents } from 'vue';
import type {} from '../../widget/frameworks/vue.ts';
import type { Mount } from './mount.ts';

export const mount: Mount = (target, endpoint) => {
  const app = createApp({
    data: () => ({ endpoint, size: '20MB', stored: [] as string[], headers: () => ({ 'X-Page': 'vue' }) }),
    template: `
      <s3-uploader :endpoint="endpoint" multiple :max-file-size="size" :headers="headers"
        @upload-success="stored.push($event.detail.name)"></s3-uploader>
      <button @click="size = '40MB'">Allow more</button>
      <p v-for="name in stored">Stored: {{ name }}</p>`,
  });
  app.config.compilerOptions.isCustomElement = (tag) => tag === 's3-uploader';
  app.mount(target);
  return () => app.unmount();
};

type Props = InstanceType<GlobalComponents['s3-uploader']>['$props'];

export const right: Props = {
  endpoint: '/sign',
  'max-file-size': '20MB',
  multiple: true,
  onUploadSuccess: ({ detail }) => detail.key.toUpperCase(),
};

// @ts-expect-error a layout is a string
export const wrong: Props = { layout: 7 };
