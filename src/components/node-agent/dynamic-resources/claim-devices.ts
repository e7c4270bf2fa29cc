import type { Container, Pod } from '../../../api/generated/core-v1.ts';
import { withCdiEdits } from '../devices/cdi/container-edits.ts';
import { readCdiSpecs } from '../devices/cdi/read-specs.ts';
import { type ContainerDevices, noDevices } from '../devices/contract.ts';
import type { ClaimRecord, ClaimRecords } from './claim-record.ts';
import type { ClaimInUse } from './contract.ts';
import { mergedDevices } from './merged-devices.ts';
import { containerClaims, isForRequest } from './pod-claims.ts';

/** The CDI devices that a container gets of the pod's claims. Throws, as upstream words it, when a claim is not prepared. */
export function cdiDevicesOf(pod: Pod, container: Container, records: ClaimRecords): readonly string[] {
  const names = new Set<string>();
  for (const { claimName, request } of containerClaims(pod, container))
    for (const devices of recordFor(pod, claimName, records).drivers.values())
      for (const { requests, cdiDevices } of devices) if (isForRequest(requests, request)) for (const name of cdiDevices) names.add(name);
  return [...names];
}

function recordFor(pod: Pod, claimName: string, records: ClaimRecords): ClaimRecord {
  const namespace = pod.metadata.namespace ?? '';
  const record = records.get(namespace, claimName);
  if (!record) throw new Error(`internal error: unable to get claim info for ResourceClaim ${claimName} in namespace ${namespace}`);
  return record;
}

/** The claims a container uses, each once, with all of their devices. */
export function claimsInUse(pod: Pod, container: Container, records: ClaimRecords): readonly ClaimInUse[] {
  const names = new Set(containerClaims(pod, container).map(({ claimName }) => claimName));
  return [...names].map((claimName) => {
    const { namespace, name, drivers } = recordFor(pod, claimName, records);
    const devices = [...drivers].flatMap(([driver, prepared]) =>
      prepared.map(({ pool, device, cdiDevices, shareId }) => ({ driver, pool, device, cdiDevices, ...(shareId ? { shareId } : {}) })),
    );
    return { namespace, name, devices };
  });
}

export interface CdiApplication {
  /** Where drivers of this node put specifications that no runtime reads. */
  readonly ownDirectory: string;
  /** Where runtimes look; undefined: the standard's folders. */
  readonly directories?: readonly string[] | undefined;
  /** Where nodes are made that the host does not have. */
  readonly nodeDirectory: string;
  /** Whether the runtime does what the specifications say. */
  readonly doesRuntime: boolean;
}

/** What CDI devices add to a container: their edits, and the names of those that are left to the runtime. */
export async function appliedCdi(
  cdiDevices: readonly string[],
  { ownDirectory, directories, nodeDirectory, doesRuntime }: CdiApplication,
): Promise<ContainerDevices> {
  if (cdiDevices.length === 0) return noDevices;
  const own = await readCdiSpecs([ownDirectory]);
  const ours = await withCdiEdits({ ...noDevices, cdiDevices: cdiDevices.filter((name) => own.has(name)) }, { directories: [ownDirectory], nodeDirectory });
  const rest = { ...noDevices, cdiDevices: cdiDevices.filter((name) => !own.has(name)) };
  return mergedDevices(ours, doesRuntime ? rest : await withCdiEdits(rest, { directories, nodeDirectory }));
}
