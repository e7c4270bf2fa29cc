import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import type { ExecutableSubject, ProcessSubject } from './conformance-cases.ts';
import type { Command, LazyCommand } from './contract.ts';
import { loaded } from './flags/find-command.ts';
import { completionPrefix, pluginPrefix } from './path-plugins/list-plugin-files.ts';
import { type RanCommand, runCommand } from './testing.ts';

/** A command of this process, without a cluster. */
export const commandInProcess = (command: Command | LazyCommand): ProcessSubject => ({
  kind: 'process',
  summary: command,
  load: () => loaded(command),
  run: (args) => runCommand(command, args),
});

/** A plugin's executable, in whatever language, as the file system has it. It is run the way kubectl runs it, with an empty kubeconfig. */
export function executablePlugin(path: string, environment: Readonly<Record<string, string | undefined>> = process.env): ExecutableSubject {
  const file = resolve(path);
  const own = { ...environment, KUBECONFIG: '/dev/null', PATH: `${dirname(file)}${delimiter}${environment['PATH'] ?? ''}` };
  delete (own as Record<string, string | undefined>)['NODE_TEST_CONTEXT'];
  const start = (program: string, args: readonly string[]): Promise<RanCommand> => runFile(program, args, own);
  return {
    kind: 'executable',
    path: file,
    environment: own,
    run: (args) => start(file, args),
    complete: (words) => start(join(dirname(file), basename(file).replace(pluginPrefix, completionPrefix)), words),
  };
}

async function runFile(program: string, args: readonly string[], environment: Readonly<Record<string, string | undefined>>): Promise<RanCommand> {
  const child = spawn(program, args, { cwd: tmpdir(), env: { ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = ['', ''];
  for (const [index, stream] of [child.stdout, child.stderr].entries()) stream.setEncoding('utf8').on('data', (text: string) => (texts[index] += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? 128, stdout: texts[0]!, stderr: texts[1]! };
}
