import { errorOfResponse } from '../../../client/response-body.ts';
import type { GetContext } from './get-command.ts';

/** Prints what the server answers to a path, byte by byte. */
export async function printRaw({ cluster, flags, streams }: GetContext): Promise<void> {
  const response = await cluster.client().raw({ method: 'GET', path: flags.raw });
  if (response.status >= 400) throw await errorOfResponse(response);
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    streams.stdout.write(chunk);
    await streams.stdout.drained();
  }
}
