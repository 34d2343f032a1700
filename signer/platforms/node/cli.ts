#!/usr/bin/env node
import { version } from '../../service/version.ts';

const HELP = `s3-uploader-signer ${version}: grants uploads to S3, and never carries a byte of them

  s3-uploader-signer            serves the signer; settings are environment variables, see the README
  s3-uploader-signer doctor     proves the settings against the live bucket; --help tells more
  s3-uploader-signer --version
  s3-uploader-signer --help
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
