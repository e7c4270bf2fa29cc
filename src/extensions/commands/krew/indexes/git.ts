import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { goQuote } from '../../../../api/cel/kubernetes/go-quote.ts';
import type { Environment } from '../../../../kernel/look-up-executable.ts';

/** Runs git in a folder; answers its output, trimmed. Rejects with what it printed. */
export type Git = (args: readonly string[], directory?: string) => Promise<string>;

/** Of what git prints so much is kept. */
const maximumOutputBytes = 32 * 1024 * 1024;

/** Git as the user has it, with the user's settings and credentials. */
export const gitOf =
  (environment: Environment, signal?: AbortSignal): Git =>
  async (args, directory) => {
    const { promise, resolve, reject } = Promise.withResolvers<number | string>();
    const child = spawn('git', args, { cwd: directory, env: { ...environment }, stdio: ['ignore', 'pipe', 'pipe'], ...(signal ? { signal } : {}) });
    const output: Buffer[] = [];
    let bytes = 0;
    const keep = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes <= maximumOutputBytes) output.push(chunk);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', reject);
    child.once('close', (code, killer) => resolve(code ?? killer!));
    let ending: number | string;
    try {
      ending = await promise;
    } catch (error) {
      throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? noGit(error) : error;
    }
    const text = Buffer.concat(output).toString('utf8');
    if (ending !== 0)
      throw new Error(`command execution failure, output=${goQuote(text)}: ${typeof ending === 'number' ? `exit status ${ending}` : `signal: ${ending}`}`);
    if (bytes > maximumOutputBytes) throw new Error(`git ${args[0]} printed more than ${maximumOutputBytes} bytes`);
    return text.trim();
  };

const noGit = (cause: unknown): Error =>
  new Error('plugin indexes are git repositories, and there is no "git" on your PATH; install it (apt install git, dnf install git, brew install git)', {
    cause,
  });

/** Whether a folder is a clone. Throws what keeps it from being seen. */
export const isClone = (directory: string): boolean => statSync(join(directory, '.git'), { throwIfNoEntry: false })?.isDirectory() ?? false;
