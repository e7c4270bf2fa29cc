import { isRequestUri } from '../../../api/string-formats-internet.ts';
import { errorOfResponse } from '../../../client/response-body.ts';
import type { CreateContext } from './create-command.ts';
import { readFileBounded } from './read-file.ts';

/** POSTs one file, as it is, to a path of the server and prints the answer as it is. */
export async function createRaw(context: CreateContext): Promise<void> {
  const { cluster, directory, streams } = context;
  const { filename, raw } = checked(context.flags);
  const bytes = filename === '-' ? Buffer.from(await streams.stdin.text()) : readFileBounded(filename, directory);
  const response = await cluster.client().raw({ method: 'POST', path: raw, body: bytes, headers: { 'content-type': 'application/json' } });
  if (response.status >= 400) throw await errorOfResponse(response);
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    streams.stdout.write(chunk);
    await streams.stdout.drained();
  }
}

function checked(flags: CreateContext['flags']): { readonly filename: string; readonly raw: string } {
  const { filename, raw } = flags;
  if (flags.edit) throw new Error('--raw and --edit are mutually exclusive');
  if (filename.length !== 1) throw new Error('--raw can only use a single local file or stdin');
  if (/^https?:\/\//.test(filename[0]!)) throw new Error('--raw cannot read from a url');
  if (flags.recursive) throw new Error('--raw and --recursive are mutually exclusive');
  if (flags.selector !== '') throw new Error('--raw and --selector (-l) are mutually exclusive');
  if (flags.output !== '') throw new Error('--raw and --output are mutually exclusive');
  if (!isRequestUri(raw)) throw new Error(`--raw must be a valid URL path: parse ${JSON.stringify(raw)}: invalid URI for request`);
  return { filename: filename[0]!, raw };
}
