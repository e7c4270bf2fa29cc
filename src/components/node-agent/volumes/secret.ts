import { writeAtomically } from './atomic-writer.ts';
import { ownershipOf } from './config-map.ts';
import type { MountedVolume, VolumePlugin, VolumeRequest } from './contract.ts';
import { secretContent } from './object-content.ts';

export const secretVolumes: VolumePlugin = {
  name: 'kubernetes.io~secret',
  isSecret: true,
  isReadOnly: true,
  isUpdated: true,
  supports: (volume) => volume.secret !== undefined,
  async setUp(request: VolumeRequest): Promise<MountedVolume> {
    const { secretName = '', items, optional, defaultMode = 0o644 } = request.volume.secret!;
    const content = await secretContent(request, secretName, { items, optional, defaultMode });
    writeAtomically(request.directory, content, ownershipOf(request));
    return { path: request.directory, isReadOnly: true };
  },
};
