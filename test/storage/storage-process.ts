// Runs a storage in its own process, so that its memory can be measured. Started by memory.test.ts, which passes the
// folder, receives the address and the credential, and sends a message for each measurement.
import { demoCredential, startStorage } from '../../demo/storage/index.ts';

const dir = process.argv[2];
if (dir === undefined || !process.send) throw new Error('Start this with fork() and a folder, as memory.test.ts does.');
const { url } = await startStorage({ dir });
process.on('message', () => process.send?.({ rssBytes: process.memoryUsage.rss() }));
process.send({ url, credentials: demoCredential });
