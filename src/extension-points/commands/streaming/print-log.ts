import type { Pod } from '../../../api/generated/core-v1.ts';
import { pods } from '../../../api/generated/resource-types.ts';
import { queryText, resourcePath } from '../../../client/request-paths.ts';
import { errorOfResponse } from '../../../client/response-body.ts';
import type { CommandContext } from '../contract.ts';

/** Prints what a container wrote so far. Throws the server's refusal. */
export async function printLog({ cluster, streams }: Pick<CommandContext, 'cluster' | 'streams'>, { metadata }: Pod, container: string): Promise<void> {
  const path = resourcePath(pods, { namespace: metadata.namespace, name: metadata.name!, subresource: 'log' }) + queryText({ container });
  const response = await cluster.client().raw({ method: 'GET', path });
  if (response.status >= 400) throw await errorOfResponse(response);
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    streams.stdout.write(chunk);
    await streams.stdout.drained();
  }
}
