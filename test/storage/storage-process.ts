// A storage in a process of its own, whose memory can be measured. Started by memory.test.ts.
import { startStorage } from '../../demo/storage/index.ts';

const dir = process.argv[2];
if (dir === undefined || !process.send) throw new Error('memory.test.ts starts this, with a folder and a channel.');
const { url } = await startStorage({ dir });
process.on('message', () => process.send?.({ rss: process.memoryUsage.rss() }));
process.send({ url });
