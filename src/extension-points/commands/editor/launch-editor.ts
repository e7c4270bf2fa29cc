import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CommandContext } from '../contract.ts';

const maximumFileBytes = 64 * 1024 * 1024;

/** A text that is being edited, in a file that only its owner may read. */
export interface EditedFile {
  readonly path: string;
  readonly text: string;
}

/**
 * Writes a text to a temporary file and opens the user's editor on it: `KUBE_EDITOR`, else `EDITOR`, else vi (notepad on Windows). Answers what the file holds when the editor
 * ends; the file stays. Throws in kubectl's words when there is no such editor or it fails.
 */
export async function editText(
  text: string,
  { environment, directory }: Pick<CommandContext, 'environment' | 'directory'>,
  { name, extension }: { readonly name: string; readonly extension: string },
): Promise<EditedFile> {
  const path = join(mkdtempSync(join(tmpdir(), `${name}-edit-`)), `${name}-edit${extension}`);
  writeFileSync(path, text, { mode: 0o600 });
  await launch(editorCommand(environment, path), { environment, directory });
  const bytes = readFileSync(path);
  if (bytes.length > maximumFileBytes) throw new Error(`${path} is longer than ${maximumFileBytes} bytes`);
  return { path, text: bytes.toString('utf8') };
}

/** Takes the file away, and the folder it stands in. */
export const removeFile = (path: string): void => rmSync(dirname(path), { recursive: true, force: true });

interface EditorCommand {
  readonly words: readonly [string, ...string[]];
  /** As messages name it: without the file. */
  readonly text: string;
}

/** Words split at blanks; a line with quotes is the shell's to read. */
function editorCommand(environment: CommandContext['environment'], path: string): EditorCommand {
  const isWindows = process.platform === 'win32';
  const editor = environment['KUBE_EDITOR'] || environment['EDITOR'] || (isWindows ? 'notepad' : 'vi');
  if (!/["'\\]/.test(editor) || !editor.includes(' ')) return { words: [...editor.split(' '), path] as unknown as [string, ...string[]], text: editor };
  const shell = environment['SHELL'] || (isWindows ? 'cmd' : '/bin/bash');
  const flag = shell === 'cmd' ? '/C' : '-c';
  return { words: [shell, flag, `${editor} ${JSON.stringify(path)}`], text: `${shell} ${flag} ${editor}` };
}

function launch(
  { words: [program, ...args], text }: EditorCommand,
  { environment, directory }: Pick<CommandContext, 'environment' | 'directory'>,
): Promise<void> {
  const child = spawn(program, args, { cwd: directory, env: { ...environment }, stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? new Error(`unable to launch the editor ${JSON.stringify(text)}`) : error),
    );
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`there was a problem with the editor ${JSON.stringify(text)}`))));
  });
}
