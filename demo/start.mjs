// `npm start`: installs packages, builds dist/ and serves the demo until Ctrl-C. Static imports are Node's own modules
// only, since packages may not be installed yet.
import { build, install } from './setup.mjs';

install();
build();

// The AWS SDK warns on Node 20, which this project supports.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
const { register } = await import('tsx/esm/api');
register();
const { serveDemo } = await import('./serve.ts');

try {
  const demo = await serveDemo(process.env, (message) => console.log(message));
  console.log(`\n  The demo is at ${demo.url}\n\n  Uploaded files go to ${demo.storage}. Press Ctrl-C to stop.\n`);
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, async () => {
      await demo.close();
      process.exit(0);
    });
  }
} catch (error) {
  // Errors of the settings say all in their message; others need their stack.
  const isSettingsError = error.name === 'ConfigError' || error.name === 'CredentialsProviderError';
  console.error('The demo could not start:', isSettingsError ? `\n${error.message}` : error);
  process.exit(1);
}
