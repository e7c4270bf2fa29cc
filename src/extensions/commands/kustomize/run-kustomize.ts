import { spawn } from 'node:child_process';
import type { CommandContext } from '../../../extension-points/commands/contract.ts';

const notInstalled =
  'error: building a kustomization needs the program kustomize, which is not on PATH. Install it from https://kubectl.docs.kubernetes.io/installation/kustomize/ and try again; `kustomize build DIR` alone does the same\n';

type Host = Pick<CommandContext, 'directory' | 'environment' | 'streams'>;

/** Runs `kustomize build`, or, where only that is installed, a stock `kubectl kustomize`, with the arguments as they are; answers its exit code. */
export async function runKustomize(args: readonly string[], host: Host): Promise<number> {
  const code = await runProgram('kustomize', ['build', ...args], host);
  if (code !== undefined) return code;
  // A kubectl that is this program would ask itself for ever.
  const mayAsk = !host.environment['WHERRY_KUSTOMIZE'];
  const stock = mayAsk ? await runProgram('kubectl', ['kustomize', ...args], host) : undefined;
  if (stock === undefined) host.streams.stderr.write(notInstalled);
  return stock ?? 1;
}

/** Answers the exit code; undefined when there is no such program. */
function runProgram(program: string, args: readonly string[], { directory, environment, streams }: Host): Promise<number | undefined> {
  const child = spawn(program, args, { cwd: directory, env: { ...environment, WHERRY_KUSTOMIZE: 'asked' }, stdio: ['inherit', 'pipe', 'pipe'] });
  child.stdout.on('data', (bytes: Buffer) => streams.stdout.write(bytes));
  child.stderr.on('data', (bytes: Buffer) => streams.stderr.write(bytes));
  return new Promise((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? resolve(undefined) : reject(error)));
    child.on('close', (code) => resolve(code ?? 1));
  });
}
