import { executeServerCommand } from '@web/test-runner-commands';
import type { Commands } from './commands.ts';

/** A file that was picked, and has been deleted since. */
export async function lostFile(name: string): Promise<File> {
  const host = Object.assign(document.createElement('div'), { id: 'lost-file' });
  const input = Object.assign(document.createElement('input'), { type: 'file' });
  host.attachShadow({ mode: 'open' }).append(input);
  document.body.append(host);
  const path = await command('scratch', { name, text: 'words' });
  await command('set-files', { host: '#lost-file', inner: 'input', files: [path as string] });
  const file = input.files![0]!;
  if (file.size !== 5) throw new Error(`${name} was not picked`); // Chromium looks for its size when it is first asked
  await command('scratch', { name, text: null });
  host.remove();
  return file;
}

const command = <Name extends 'scratch' | 'set-files'>(name: Name, payload: Commands[Name]): Promise<unknown> =>
  executeServerCommand<unknown, Commands[Name]>(name, payload);
