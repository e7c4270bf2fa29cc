import { statfs } from 'node:fs/promises';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { quantityProblem } from '../../../api/quantity.ts';
import { podUid } from '../directories.ts';
import { sizeText } from '../node/huge-pages.ts';
import { quantityValue } from '../quantities.ts';
import { isHugePageResource, podRequest, requestedResources } from '../resources.ts';
import { VolumeError, type VolumeRequest } from './contract.ts';

const anySize = 'HugePages';
const sizePrefix = 'HugePages-';
const resourcePrefix = 'hugepages-';

/** `HugePages` of the one size that the pod asks for, or `HugePages-2Mi`. */
export const isHugePageMedium = (medium: string): boolean => medium === anySize || medium.startsWith(sizePrefix);

/**
 * The mount options of an emptyDir on huge pages: the page size, and as limit what the pod may use of that size or the volume's own limit if that is less.
 * Throws a `VolumeError` in upstream's words when the pod asks for no such pages, or for several sizes where the medium names none.
 */
export function hugePageMount({ pod, volume }: VolumeRequest, medium: string): string[] {
  const resource = resourceOf(pod, medium);
  const ofVolume = quantityValue(volume.emptyDir?.sizeLimit);
  const ofPod = podRequest(pod, resource);
  return [`pagesize=${pageBytesOf(resource)}`, `size=${ofVolume > 0 ? Math.min(ofVolume, ofPod) : ofPod}`];
}

function resourceOf(pod: Pod, medium: string): string {
  const asked = [...requestedResources(pod)].filter(isHugePageResource);
  const wantedBytes = medium === anySize ? undefined : mediumBytes(medium);
  const fitting = wantedBytes === undefined ? asked : asked.filter((resource) => pageBytesOf(resource) === wantedBytes);
  const [found] = fitting;
  if (!found) throw new VolumeError(`medium ${medium}: hugePages storage requested, but there is no resource request for huge pages`);
  if (new Set(fitting.map(pageBytesOf)).size > 1) throw new VolumeError(`medium: ${medium} can't be used if container requests multiple huge page sizes`);
  return found;
}

const pageBytesOf = (resource: string): number => quantityValue(resource.slice(resourcePrefix.length));

function mediumBytes(medium: string): number {
  const text = medium.slice(sizePrefix.length);
  const problem = quantityProblem(text);
  if (problem) throw new VolumeError(problem);
  return quantityValue(text);
}

const hugePageFileSystem = 0x95_84_58_f6;

/** A volume that was mounted before keeps its page size; throws a `VolumeError` when that is not what the medium names. */
export async function checkPageSize({ pod, directory }: VolumeRequest, medium: string): Promise<void> {
  if (medium === anySize) return;
  const { type, bsize } = await statfs(directory);
  const wantedBytes = mediumBytes(medium);
  if (type !== hugePageFileSystem || bsize === wantedBytes) return;
  throw new VolumeError(
    `pod ${podUid(pod)}: mounted dir ${directory} pagesize '${sizeText(bsize)}' and requested medium size '${sizeText(wantedBytes)}' differ`,
  );
}
