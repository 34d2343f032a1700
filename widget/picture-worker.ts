import { isUploadError } from './core/errors.ts';
import type { PictureAnswer, PictureJob } from './pictures.ts';
import { prepare } from './view/prepare.ts';
import { thumbnail } from './view/thumbnail.ts';

/** The worker's side of `pictures.ts`: does what it is given, and answers by the port that came with it. */

addEventListener('message', ({ data, ports: [port] }: MessageEvent<PictureJob>) => {
  void answer(data).then(([message, transfer]) => port!.postMessage(message, transfer));
});

async function answer(job: PictureJob): Promise<[PictureAnswer, Transferable[]]> {
  try {
    if (job.work === 'thumbnail') {
      const value = await thumbnail(job.file, job.side);
      return [{ value }, value.bitmap ? [value.bitmap] : []];
    }
    const made = await prepare(job.file, job.wanted);
    return [{ value: made === job.file ? undefined : made }, []]; // the page has that one
  } catch (error) {
    const code = isUploadError(error) ? error.code : 'unknown';
    return [{ code, message: (error as Error).message }, []];
  }
}
