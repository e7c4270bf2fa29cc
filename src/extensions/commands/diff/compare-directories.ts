import { spawn } from 'node:child_process';
import type { CommandContext } from '../../../extension-points/commands/contract.ts';

/** Has `diff`, or what `KUBECTL_EXTERNAL_DIFF` names, compare two directories; answers 0 or 1. Throws when it fails otherwise. */
export function compareDirectories(
  { environment, streams, directory }: Pick<CommandContext, 'environment' | 'streams' | 'directory'>,
  from: string,
  to: string,
): Promise<number> {
  const [program, ...args] = diffProgram(environment['KUBECTL_EXTERNAL_DIFF'] ?? '', from, to);
  const child = spawn(program!, args, { cwd: directory, env: { ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.on('data', (bytes: Buffer) => streams.stdout.write(bytes));
  child.stderr.on('data', (bytes: Buffer) => streams.stderr.write(bytes));
  const failed = (why: string): Error => new Error(`failed to run ${JSON.stringify(program)}: ${why}`);
  return new Promise((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => reject(failed(error.code === 'ENOENT' ? 'executable file not found in $PATH' : error.message)));
    child.on('close', (code, signal) => {
      if (code === 0 || code === 1) resolve(code);
      else reject(failed(signal ? `signal: ${signal}` : `exit status ${code}`));
    });
  });
}

/** Arguments of letters, digits, `-` and `=` are passed on; others are not. */
function diffProgram(external: string, from: string, to: string): readonly string[] {
  if (external === '') return ['diff', '-u', '-N', from, to];
  const [program = '', ...args] = external.split(' ');
  return [program, from, to, ...args.filter((word) => /^[a-zA-Z0-9-=]+$/.test(word))];
}
