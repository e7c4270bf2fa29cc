import { writeAtomically } from './atomic-writer.ts';
import type { MountedVolume, VolumePlugin, VolumeRequest } from './contract.ts';
import { configMapContent } from './object-content.ts';

export const configMapVolumes: VolumePlugin = {
  name: 'kubernetes.io~configmap',
  isReadOnly: true,
  isUpdated: true,
  supports: (volume) => volume.configMap !== undefined,
  async setUp(request: VolumeRequest): Promise<MountedVolume> {
    const { name = '', items, optional, defaultMode = 0o644 } = request.volume.configMap!;
    const content = await configMapContent(request, name, { items, optional, defaultMode });
    writeAtomically(request.directory, content, ownershipOf(request));
    return { path: request.directory, isReadOnly: true };
  },
};

/** The group that a pod's volumes belong to, if it asks for one. */
export const ownershipOf = ({ pod }: Pick<VolumeRequest, 'pod'>): { fsGroup?: number } => {
  const fsGroup = pod.spec.securityContext?.fsGroup;
  return fsGroup === undefined ? {} : { fsGroup };
};
