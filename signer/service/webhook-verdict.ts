import { z } from 'zod';
import { ProblemError } from '../core/problem.ts';
import type { QuarantinedObject, Verdict } from '../core/quarantine-option.ts';
import { createFinalRefusals } from './final-refusals.ts';
import { createSendWebhook, FinalStatusError, webhookId, type WebhookTarget } from './webhook-request.ts';

/** The application's response to the event `object.quarantined`. */
const Answer = z.object({ status: z.enum(['accepted', 'processing', 'refused']), message: z.string().optional() });

/**
 * Makes an `accept` of the option `quarantine` that asks the application, with the event `object.quarantined`: see
 * `webhook-request.ts`. The application responds with `{"status": "accepted"}`, `{"status": "processing"}` or
 * `{"status": "refused", "message": "words for the visitor"}`. The event of one file is sent again until it is decided, always
 * with the same `webhook-id`; but not for five minutes after a final status, such as 404.
 *
 * @returns a function that throws a 502 (`not-checked`) for any other response, and if there is none
 * @throws {TypeError} if the secret can be guessed, or the URL is not an http(s) URL or contains a password
 */
export function webhookVerdict(target: WebhookTarget): (object: QuarantinedObject) => Promise<Verdict> {
  const send = createSendWebhook(target);
  const refusals = createFinalRefusals();
  return async function askForVerdict(object) {
    const id = await webhookId(`quarantined ${object.bucket} ${object.key} ${object.etag}`);
    const refusal = refusals.find(id);
    if (refusal) throw notChecked(refusal);
    let text: string;
    try {
      text = await send(id, 'object.quarantined', object);
    } catch (cause) {
      if (cause instanceof FinalStatusError) refusals.add(id, cause);
      throw notChecked(cause);
    }
    const { status, message = '' } = readAnswer(text);
    return status === 'refused' ? { refused: message } : status;
  };
}

function readAnswer(text: string): z.output<typeof Answer> {
  try {
    return Answer.parse(JSON.parse(text));
  } catch (cause) {
    throw notChecked(new Error('The application responded with 2xx, but not with {"status": …}.', { cause }));
  }
}

const notChecked = (cause: unknown) =>
  new ProblemError(
    502,
    'not-checked',
    'The file is stored, but the application did not decide whether it is accepted.',
    {
      cause,
    },
  );
