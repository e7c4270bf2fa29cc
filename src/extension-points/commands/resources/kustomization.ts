import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const maximumBytes = 256 * 1024 * 1024;

/** The objects of a kustomization, as YAML. The program `kustomize` builds it (else a stock kubectl); throws, saying where to get it, when there is neither. */
export async function buildKustomization(root: string, directory: string): Promise<string> {
  for (const [program, args] of [
    ['kustomize', ['build', root]],
    ['kubectl', ['kustomize', root]],
  ] as const) {
    try {
      // A kubectl that is this program would ask itself for ever.
      const environment = { ...process.env, WHERRY_KUSTOMIZE: 'asked' };
      if (program === 'kubectl' && process.env['WHERRY_KUSTOMIZE']) break;
      return (await run(program, args, { cwd: directory, maxBuffer: maximumBytes, env: environment })).stdout;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw new Error(stderrOf(error), { cause: error });
    }
  }
  throw new Error(
    'building a kustomization needs the program kustomize; install it from https://kubectl.docs.kubernetes.io/installation/kustomize/ and try again',
  );
}

const stderrOf = (error: unknown): string => {
  const { stderr, message } = error as { stderr?: string; message: string };
  // A stock kubectl logs what went wrong.
  const logged = /^E\d{4} .* err=(".*")$/m.exec(stderr ?? '');
  if (logged) return JSON.parse(logged[1]!) as string;
  return (stderr?.trim() || message).replace(/^error: /i, '');
};
