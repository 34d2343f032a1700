import { spawnSync } from 'node:child_process';

const isHere = (program: string): boolean => spawnSync(program, ['--version']).status === 0;

/**
 * Options of a test, or of a suite, that needs a program beside Node: `describe('…', needs('redis-server'), () => …)`.
 * Where there is none, the run says at its end what was left out, and how to have it. In CI nothing is left out: there,
 * the test runs, and fails.
 */
export function needs(program: 'php' | 'python3' | 'redis-server' | 'ruby'): { skip?: string } {
  if (process.env.CI || isHere(program)) return {};
  return { skip: `it needs ${program}; on Debian: apt-get install ${program === 'php' ? 'php-cli' : program}` };
}

/** The same for a linter that neither Debian nor npm has: it is used where it is, and nobody has to have it. */
export const where = (program: 'cfn-lint' | 'terraform'): { skip?: string } =>
  isHere(program) ? {} : { skip: `it uses ${program}, which is not here` };
