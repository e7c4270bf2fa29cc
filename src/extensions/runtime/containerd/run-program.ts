import { execFile } from 'node:child_process';

export interface ProgramOptions {
  readonly input?: string;
  readonly timeoutMs?: number;
  readonly environment?: Readonly<Record<string, string>>;
}

const maximumOutputBytes = 16 * 1024 * 1024;
const defaultTimeoutMs = 30_000;
// Debian keeps iptables, nft and runc here; a user's PATH often lacks it.
const searchPath = (): string => `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin`;

/** Environment for programs of the system. */
export const programEnvironment = (): NodeJS.ProcessEnv => ({ ...process.env, PATH: searchPath() });

/** Runs a program to its end and answers its output. Rejects with what it said when it fails, cannot be found or takes too long. */
export function runProgram(program: string, parameters: readonly string[], options: ProgramOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const settings = {
      env: { ...programEnvironment(), ...options.environment },
      timeout: options.timeoutMs ?? defaultTimeoutMs,
      maxBuffer: maximumOutputBytes,
      killSignal: 'SIGKILL' as const,
    };
    const child = execFile(program, [...parameters], settings, (error, output, said) => {
      if (error) reject(new Error(`${program} ${parameters[0] ?? ''} failed: ${said.trim() || error.message}`, { cause: error }));
      else resolve(output);
    });
    child.stdin?.on('error', () => {}); // it may end without reading its input; its exit code tells
    child.stdin?.end(options.input ?? '');
  });
}

/** Whether a program can be run and answers with success. */
export const succeeds = (program: string, parameters: readonly string[], options: ProgramOptions = {}): Promise<boolean> =>
  runProgram(program, parameters, options).then(
    () => true,
    () => false,
  );
