import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { errorOfResponse } from '../../../client/response-body.ts';
import type { CommandContext } from '../contract.ts';

/** Sends a file (`-`: standard input; none: nothing) to a path of the server as it is, and prints the answer, byte by byte: `--raw`. */
export async function sendRaw(
  { cluster, streams, directory }: Pick<CommandContext, 'cluster' | 'streams' | 'directory'>,
  { method, path, file }: { readonly method: string; readonly path: string; readonly file: string | undefined },
): Promise<void> {
  const text = file === undefined ? '' : file === '-' ? await streams.stdin.text() : readText(file, directory);
  const headers = { 'content-type': 'application/json' };
  const response = await cluster.client().raw({ method, path, ...(text === '' ? {} : { headers, body: Buffer.from(text) }) });
  if (response.status >= 400) throw await errorOfResponse(response);
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    streams.stdout.write(chunk);
    await streams.stdout.drained();
  }
}

function readText(file: string, directory: string): string {
  try {
    return readFileSync(isAbsolute(file) ? file : join(directory, file), 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(code === 'ENOENT' ? `open ${file}: no such file or directory` : message, { cause: error });
  }
}
