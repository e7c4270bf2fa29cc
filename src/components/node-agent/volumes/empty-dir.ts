import { chmod, mkdir } from 'node:fs/promises';
import { podCgroupLimits } from '../cgroups/limits.ts';
import { quantityValue } from '../quantities.ts';
import { type MountedVolume, VolumeError, type VolumePlugin, type VolumeRequest } from './contract.ts';
import { checkPageSize, hugePageMount, isHugePageMedium } from './huge-page-mount.ts';
import { giveToGroup } from './ownership.ts';

/** A folder on disk, in memory or on huge pages. What is mounted already, from before the agent was restarted, is taken as it is. */
export const emptyDirVolumes: VolumePlugin = {
  name: 'kubernetes.io~empty-dir',
  supports: (volume) => volume.emptyDir !== undefined,
  async setUp(request: VolumeRequest): Promise<MountedVolume> {
    const { directory, volume, services, pod } = request;
    const { medium = '' } = volume.emptyDir!;
    const isThere = (await services.mounter.mountsBelow(directory)).includes(directory);
    await mkdir(directory, { recursive: true });
    if (isThere && isHugePageMedium(medium)) await checkPageSize(request, medium);
    if (medium !== '' && !isThere) await mount(request, medium);
    if (!isThere) await chmod(directory, 0o777);
    await giveToGroup(directory, pod, { isReadOnly: false });
    return { path: directory };
  },
};

async function mount(request: VolumeRequest, medium: string): Promise<void> {
  const { directory, services } = request;
  if (medium === 'Memory') return services.mounter.mount('tmpfs', directory, memoryOptions(request));
  if (isHugePageMedium(medium)) return services.mounter.mount('hugetlbfs', directory, hugePageMount(request, medium));
  throw new VolumeError(`unknown storage medium ${JSON.stringify(medium)}`);
}

/** A file system in memory holds no more than its own limit, than the pod may use, and than all pods may (upstream's rule). */
function memoryOptions({ pod, volume, services }: VolumeRequest): string[] {
  const limits = [services.allocatable()['memory'], podCgroupLimits(pod, { hugePageSizes: [] }).memoryBytes, volume.emptyDir!.sizeLimit];
  const bytes = Math.min(...limits.map(quantityValue).filter((limit) => limit > 0));
  return ['mode=0777', ...(Number.isFinite(bytes) ? [`size=${bytes}`] : [])];
}
