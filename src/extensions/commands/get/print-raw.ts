import { errorOfResponse } from '../../../client/response-body.ts';
import type { GetContext } from './get-command.ts';

/** Prints what the server answers to a path, byte by byte. */
export async function printRaw({ cluster, flags, streams }: GetContext): Promise<void> {
  // Of a whole URL the path counts.
  const path = flags.raw.startsWith('/') ? flags.raw : new URL(flags.raw).pathname + new URL(flags.raw).search;
  const response = await cluster.client().raw({ method: 'GET', path });
  if (response.status >= 400) throw await errorOfResponse(response);
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    streams.stdout.write(chunk);
    await streams.stdout.drained();
  }
}
