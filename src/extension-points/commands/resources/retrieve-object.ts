import type { UntypedObject } from '../../../api/object.ts';
import { isNotFound } from '../../../api/status.ts';
import type { HttpsClient } from '../../../client/https-client.ts';
import { getObject, type ObjectPlace, type ReadRequest } from './object-requests.ts';

/** Reads what a command line or a file names. Where it is missing because its namespace is, that is what is told (cli-runtime's `Info.Get`). */
export async function retrieveObject(client: HttpsClient, place: ObjectPlace, request?: ReadRequest): Promise<UntypedObject> {
  try {
    return await getObject(client, place, request);
  } catch (error) {
    const { namespace } = place;
    if (isNotFound(error) && namespace && namespace !== 'default') await requireNamespace(client, namespace);
    throw error;
  }
}

async function requireNamespace(client: HttpsClient, namespace: string): Promise<void> {
  await client.json({ method: 'GET', path: `/api/v1/namespaces/${encodeURIComponent(namespace)}` }).catch((error: unknown) => {
    if (isNotFound(error)) throw error;
  });
}
