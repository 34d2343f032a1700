// `npm start`: installs, builds, and serves the demo. Node's own modules only, up to where it is installed.
import { build, install } from './setup.mjs';

install();
build();

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'; // a word to the packagers, not to who runs a demo
const { register } = await import('tsx/esm/api');
register();
const { serveDemo } = await import('./serve.ts');

try {
  const demo = await serveDemo(process.env, (message) => console.log(message));
  console.log(`\n  <s3-uploader> is at ${demo.url}\n\n  Files go to ${demo.storage}. Ctrl-C ends it.\n`);
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, async () => {
      await demo.close();
      process.exit(0);
    });
  }
} catch (error) {
  const mendable = error.name === 'ConfigError' || error.name === 'CredentialsProviderError';
  console.error('The demo cannot start:', mendable ? `\n${error.message}` : error);
  process.exit(1);
}
