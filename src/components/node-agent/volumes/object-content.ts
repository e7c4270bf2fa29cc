import type { ConfigMap, KeyToPath, Secret } from '../../../api/generated/core-v1.ts';
import { isNotFound } from '../../../api/status.ts';
import type { FileContent } from './atomic-writer.ts';
import { VolumeError, type VolumeRequest } from './contract.ts';

/** How keys of a ConfigMap or Secret become files. */
export interface KeySelection {
  readonly items?: readonly KeyToPath[] | undefined;
  readonly optional?: boolean | undefined;
  readonly defaultMode: number;
}

/** The files of a ConfigMap. An optional one that is missing has none. Throws a `VolumeError` otherwise. */
export async function configMapContent(request: VolumeRequest, name: string, selection: KeySelection): Promise<Map<string, FileContent>> {
  const object = await reading<ConfigMap>(request, 'configmap', name, selection.optional);
  const bytes = new Map<string, Buffer>();
  for (const [key, text] of Object.entries(object?.data ?? {})) bytes.set(key, Buffer.from(text));
  for (const [key, base64] of Object.entries(object?.binaryData ?? {})) bytes.set(key, Buffer.from(base64, 'base64'));
  return selected(bytes, selection, 'config');
}

/** The same for a Secret. */
export async function secretContent(request: VolumeRequest, name: string, selection: KeySelection): Promise<Map<string, FileContent>> {
  const object = await reading<Secret>(request, 'secret', name, selection.optional);
  const bytes = new Map(Object.entries(object?.data ?? {}).map(([key, base64]) => [key, Buffer.from(base64, 'base64')]));
  return selected(bytes, selection, 'secret');
}

async function reading<T extends ConfigMap | Secret>(
  request: VolumeRequest,
  kind: 'configmap' | 'secret',
  name: string,
  optional = false,
): Promise<T | undefined> {
  const { objects } = request.services;
  const namespace = request.pod.metadata.namespace!;
  try {
    return (await (kind === 'configmap' ? objects.configMap(namespace, name) : objects.secret(namespace, name))) as T;
  } catch (error) {
    if (isNotFound(error) && optional) return undefined;
    const message = isNotFound(error) ? `${kind} "${name}" not found` : (error as Error).message;
    throw new VolumeError(message, { cause: error });
  }
}

function selected(bytes: ReadonlyMap<string, Buffer>, { items, optional, defaultMode }: KeySelection, what: string): Map<string, FileContent> {
  if (!items || items.length === 0) return new Map([...bytes].map(([key, data]) => [key, { data, mode: defaultMode }]));
  const content = new Map<string, FileContent>();
  for (const { key, path, mode } of items) {
    const data = bytes.get(key);
    if (data) content.set(path, { data, mode: mode ?? defaultMode });
    else if (!optional) throw new VolumeError(`references non-existent ${what} key: ${key}`);
  }
  return content;
}
