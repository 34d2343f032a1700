import { spawnSync } from 'node:child_process';

/**
 * Options of a test, or of a suite, that needs a program beside Node: `describe('…', needs('redis-server'), () => …)`.
 * Where there is none, the run says at its end what was left out, and how to have it. In CI nothing is left out: there,
 * the test runs, and fails.
 */
export function needs(program: 'php' | 'python3' | 'redis-server' | 'ruby'): { skip?: string } {
  if (process.env.CI || spawnSync(program, ['--version']).status === 0) return {};
  return { skip: `it needs ${program}; on Debian: apt-get install ${program === 'php' ? 'php-cli' : program}` };
}
