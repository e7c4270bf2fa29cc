import type { Node, Pod, PodStatus } from '../../../api/generated/core-v1.ts';
import type { Runtime } from '../../../extension-points/runtime/contract.ts';
import type { NodeDeviceReport } from '../devices/report/node-report.ts';
import type { ObservedPod } from '../pod/observed-pod.ts';
import type { AdmissionCounts } from '../topology/admission-counts.ts';

/** What the server needs of one agent. */
export interface NodeEndpoint {
  readonly nodeName: string;
  readonly runtime: Runtime;
  readonly isSimulated: boolean;
  readonly directory: string;
  node(): Node | undefined;
  pods(): readonly Pod[];
  podByName(namespace: string, name: string): Pod | undefined;
  /** The newest status, sent or not. */
  statusOf(pod: Pod): PodStatus;
  observed(uid: string): ObservedPod;
  /** The node's devices and the like, and who holds them. Absent for agents that have no such things. */
  devices?(): Promise<NodeDeviceReport>;
  /** Of admissions by the topology manager. */
  readonly admissionCounts?: AdmissionCounts;
}
