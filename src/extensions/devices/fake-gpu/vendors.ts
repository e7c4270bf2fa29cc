/** What the software of a vendor looks for in a container. */
interface Vendor {
  /** The variables by which it finds the devices it may use: list of ids, or of indexes. */
  readonly environment: (ids: readonly string[]) => Record<string, string>;
  /** The device nodes it opens: those of each device, by index, and those that all share. */
  readonly nodes: (index: number) => readonly string[];
  readonly sharedNodes: readonly string[];
}

const firstRenderMinor = 128;
const renderNodes = (index: number): readonly string[] => [`/dev/dri/card${index}`, `/dev/dri/renderD${firstRenderMinor + index}`];

const intel: Vendor = { environment: (ids) => ({ ZE_AFFINITY_MASK: indexes(ids) }), nodes: renderNodes, sharedNodes: [] };
const vendors: Readonly<Record<string, Vendor>> = {
  'nvidia.com': {
    environment: (ids) => ({ NVIDIA_VISIBLE_DEVICES: ids.map((id) => `GPU-${id}`).join(',') }),
    nodes: (index) => [`/dev/nvidia${index}`],
    sharedNodes: ['/dev/nvidiactl', '/dev/nvidia-uvm'],
  },
  'amd.com': {
    environment: (ids) => ({ AMD_VISIBLE_DEVICES: indexes(ids), ROCR_VISIBLE_DEVICES: indexes(ids) }),
    nodes: renderNodes,
    sharedNodes: ['/dev/kfd'],
  },
  'intel.com': intel,
  'gpu.intel.com': intel,
};

const vendorOf = (resourceName: string): Vendor | undefined => vendors[resourceName.split('/')[0]!];

/** What the vendor's own plugin would set, by the domain of the resource name; nothing for other domains. */
export const vendorEnvironment = (resourceName: string, ids: readonly string[]): Record<string, string> => vendorOf(resourceName)?.environment(ids) ?? {};

/** Paths of the device nodes that the vendor's own plugin would bring; none for other domains. */
export function vendorNodes(resourceName: string, ids: readonly string[]): readonly string[] {
  const vendor = vendorOf(resourceName);
  return vendor ? [...vendor.sharedNodes, ...ids.flatMap((id) => vendor.nodes(indexOf(id)))] : [];
}

const indexOf = (id: string): number => Number(id.slice(id.lastIndexOf('-') + 1));
const indexes = (ids: readonly string[]): string => ids.map(indexOf).join(',');
