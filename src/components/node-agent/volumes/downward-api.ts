import type { Container, DownwardAPIVolumeFile } from '../../../api/generated/core-v1.ts';
import { fieldValue, resourceFieldValue } from '../downward-api.ts';
import { type FileContent, writeAtomically } from './atomic-writer.ts';
import { ownershipOf } from './config-map.ts';
import { type MountedVolume, VolumeError, type VolumePlugin, type VolumeRequest } from './contract.ts';

export const downwardApiVolumes: VolumePlugin = {
  name: 'kubernetes.io~downward-api',
  isReadOnly: true,
  isUpdated: true,
  supports: (volume) => volume.downwardAPI !== undefined,
  async setUp(request: VolumeRequest): Promise<MountedVolume> {
    const { items = [], defaultMode = 0o644 } = request.volume.downwardAPI!;
    writeAtomically(request.directory, downwardApiContent(request, items, defaultMode), ownershipOf(request));
    return { path: request.directory, isReadOnly: true };
  },
};

/** The files that show a pod its own fields. Throws a `VolumeError` for one that does not exist. */
export function downwardApiContent(request: VolumeRequest, items: readonly DownwardAPIVolumeFile[], defaultMode: number): Map<string, FileContent> {
  return new Map(items.map((item) => [item.path, { data: Buffer.from(textOf(request, item)), mode: item.mode ?? defaultMode }]));
}

function textOf(request: VolumeRequest, { fieldRef, resourceFieldRef }: DownwardAPIVolumeFile): string {
  const { pod, addresses, services } = request;
  if (fieldRef) return fieldValue(pod, fieldRef, addresses);
  if (!resourceFieldRef) return '';
  return resourceFieldValue(containerOf(request, resourceFieldRef.containerName), resourceFieldRef, services.allocatable());
}

function containerOf({ pod }: VolumeRequest, name: string | undefined): Container {
  const found = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find((container) => container.name === name);
  if (!found) throw new VolumeError(`container ${name} not found`);
  return found;
}
