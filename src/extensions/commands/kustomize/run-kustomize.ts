import { spawn } from 'node:child_process';
import type { CommandContext } from '../../../extension-points/commands/contract.ts';

const notInstalled =
  'error: building a kustomization needs the program kustomize, which is not on PATH. Install it from https://kubectl.docs.kubernetes.io/installation/kustomize/ and try again; `kustomize build DIR` alone does the same\n';

/** Runs `kustomize build` with the arguments as they are; answers its exit code. */
export function runKustomize(
  args: readonly string[],
  { directory, environment, streams }: Pick<CommandContext, 'directory' | 'environment' | 'streams'>,
): Promise<number> {
  const child = spawn('kustomize', ['build', ...args], { cwd: directory, env: { ...environment }, stdio: ['inherit', 'pipe', 'pipe'] });
  child.stdout.on('data', (bytes: Buffer) => streams.stdout.write(bytes));
  child.stderr.on('data', (bytes: Buffer) => streams.stderr.write(bytes));
  return new Promise((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') return reject(error);
      streams.stderr.write(notInstalled);
      resolve(1);
    });
    child.on('close', (code) => resolve(code ?? 1));
  });
}
