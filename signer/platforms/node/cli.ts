#!/usr/bin/env node
import { version } from '../../service/version.ts';

const HELP = `s3-uploader-signer ${version}: signs uploads to S3, without the files passing through it

Usage:
  s3-uploader-signer             Start the signer. Its settings are environment variables, see the README.
  s3-uploader-signer doctor      Check the settings against the live bucket, see doctor --help.
  s3-uploader-signer --version   Print the version.
  s3-uploader-signer --help      Print this help.
`;

const [command, ...rest] = process.argv.slice(2);
switch (command) {
  case undefined:
  case 'serve':
    await import('./server.ts');
    break;
  case 'doctor': {
    const { runDoctor } = await import('../../doctor/cli.ts');
    process.exitCode = await runDoctor(rest, process.env, (text) => console.log(text));
    break;
  }
  case '--version':
    console.log(version);
    break;
  case '--help':
  case '-h':
    console.log(HELP);
    break;
  default:
    console.error(`There is no command "${command}".\n\n${HELP}`);
    process.exitCode = 2;
}
