// Compiles, or the tag's types for Vue are wrong: `tsc -p test/frameworks`.
import type { GlobalComponents } from 'vue';
import type {} from '../../widget/frameworks/vue.ts';

type Props = InstanceType<GlobalComponents['s3-uploader']>['$props'];

export const right: Props = {
  endpoint: '/sign',
  'max-file-size': '20MB',
  multiple: true,
  onUploadSuccess: ({ detail }) => detail.key.toUpperCase(),
};

// @ts-expect-error there is no such layout
export const wrong: Props = { layout: 7 };
