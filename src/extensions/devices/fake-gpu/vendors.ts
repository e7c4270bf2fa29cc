/** The variables by which the software of each vendor finds the devices it may use: list of ids, or of indexes. */
const vendors: Readonly<Record<string, (ids: readonly string[]) => Record<string, string>>> = {
  'nvidia.com': (ids) => ({ NVIDIA_VISIBLE_DEVICES: ids.map((id) => `GPU-${id}`).join(',') }),
  'amd.com': (ids) => ({ AMD_VISIBLE_DEVICES: indexes(ids), ROCR_VISIBLE_DEVICES: indexes(ids) }),
  'intel.com': (ids) => ({ ZE_AFFINITY_MASK: indexes(ids) }),
  'gpu.intel.com': (ids) => ({ ZE_AFFINITY_MASK: indexes(ids) }),
};

/** What the vendor's own plugin would set, by the domain of the resource name; nothing for other domains. */
export const vendorEnvironment = (resourceName: string, ids: readonly string[]): Record<string, string> => vendors[resourceName.split('/')[0]!]?.(ids) ?? {};

const indexes = (ids: readonly string[]): string => ids.map((id) => id.slice(id.lastIndexOf('-') + 1)).join(',');
