import { getConnInfo, handle } from 'hono/aws-lambda';
import { compose } from '../service/compose.ts';
import { readSettings } from '../service/settings.ts';
import { withSecrets } from './lambda-secrets.ts';

const settings = readSettings(await withSecrets(process.env), 'lambda');

// The address comes from the event's context, which AWS fills in, and not from a header.
const { app } = await compose(settings, { peer: (c) => getConnInfo(c).remote.address });

/**
 * The handler of an AWS Lambda function, for a function URL or API Gateway. Without Redis, each instance of the function
 * counts its own limits.
 */
export const handler = handle(app);
