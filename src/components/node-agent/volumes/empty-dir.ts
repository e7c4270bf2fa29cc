import { chmod, mkdir } from 'node:fs/promises';
import { quantityValue } from '../quantities.ts';
import { allContainers, containerLimit } from '../resources.ts';
import { type MountedVolume, VolumeError, type VolumePlugin, type VolumeRequest } from './contract.ts';
import { giveToGroup } from './ownership.ts';

export const emptyDirVolumes: VolumePlugin = {
  name: 'kubernetes.io~empty-dir',
  supports: (volume) => volume.emptyDir !== undefined,
  async setUp(request: VolumeRequest): Promise<MountedVolume> {
    const { directory, volume, services, pod } = request;
    const { medium = '' } = volume.emptyDir!;
    const isThere = (await services.mounter.mountsBelow(directory)).includes(directory);
    await mkdir(directory, { recursive: true });
    if (medium !== '' && !isThere) await services.mounter.mount(...mountOf(request, medium));
    if (!isThere) await chmod(directory, 0o777);
    await giveToGroup(directory, pod, { isReadOnly: false });
    return { path: directory };
  },
};

function mountOf(request: VolumeRequest, medium: string): [string, string, string[]] {
  const { directory, volume } = request;
  if (medium === 'Memory') {
    const limit = quantityValue(volume.emptyDir!.sizeLimit);
    return ['tmpfs', directory, ['mode=0777', ...(limit > 0 ? [`size=${limit}`] : [])]];
  }
  if (medium === 'HugePages' || medium.startsWith('HugePages-')) return ['hugetlbfs', directory, [`pagesize=${hugePageBytes(request, medium)}`]];
  throw new VolumeError(`unknown storage medium "${medium}"`);
}

/** The page size that the medium names, or the only one the pod asks for. Texts are upstream's. */
function hugePageBytes({ pod }: VolumeRequest, medium: string): number {
  const asked = new Set(
    allContainers(pod).flatMap((container) =>
      Object.keys(container.resources?.limits ?? {}).filter((resource) => resource.startsWith('hugepages-') && containerLimit(container, resource) > 0),
    ),
  );
  if (medium !== 'HugePages') {
    const resource = `hugepages-${medium.slice('HugePages-'.length)}`;
    if (!asked.has(resource)) throw new VolumeError(`medium ${medium}: hugePages storage requested, but there is no resource request for huge pages`);
    return quantityValue(resource.slice('hugepages-'.length));
  }
  if (asked.size === 0) throw new VolumeError(`medium ${medium}: hugePages storage requested, but there is no resource request for huge pages`);
  if (asked.size > 1) throw new VolumeError('medium HugePages can be used only if exactly one huge page size is requested');
  return quantityValue([...asked][0]!.slice('hugepages-'.length));
}
