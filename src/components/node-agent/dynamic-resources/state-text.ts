import { crc32 } from 'node:zlib';
import type { PreparedDevice } from '../../../extension-points/devices/dynamic/contract.ts';
import type { ClaimRecord } from './claim-record.ts';

const kind = 'DRACheckpoint';
const apiVersion = 'checkpoint.dra.kubelet.k8s.io/v1';

interface StateEntry {
  readonly ClaimUID: string;
  readonly ClaimName: string;
  readonly Namespace: string;
  readonly PodUIDs: Readonly<Record<string, object>>;
  readonly DriverState: Readonly<Record<string, { readonly Devices: readonly DeviceEntry[] | null }>>;
}

interface DeviceEntry {
  readonly PoolName: string;
  readonly DeviceName: string;
  readonly ShareID: string | null;
  readonly RequestNames: readonly string[] | null;
  readonly CDIDeviceIDs: readonly string[] | null;
}

/** The text of `dra_manager_state`, in the kubelet's own layout: each can go on where the other has stopped. */
export function stateText(records: Iterable<ClaimRecord>): string {
  const data = JSON.stringify({ kind, apiVersion, ClaimInfoStateList: [...records].map(entryOf) });
  return JSON.stringify({ Data: data, Checksum: crc32(data) });
}

/** Throws when the text is not such a state, or not as it was written. */
export function readStateText(text: string): ClaimRecord[] {
  const { Data, Checksum } = JSON.parse(text) as { Data: string; Checksum: number };
  if (typeof Data !== 'string' || crc32(Data) !== Checksum) throw new Error('checkpoint is corrupted');
  const state = JSON.parse(Data) as { kind?: string; apiVersion?: string; ClaimInfoStateList: readonly StateEntry[] | null };
  if (state.kind !== kind || state.apiVersion !== apiVersion) throw new Error(`unknown kind of checkpoint: ${state.apiVersion} ${state.kind}`);
  return (state.ClaimInfoStateList ?? []).map(recordOfEntry);
}

const entryOf = ({ uid, name, namespace, podUids, drivers }: ClaimRecord): StateEntry => ({
  ClaimUID: uid,
  ClaimName: name,
  Namespace: namespace,
  PodUIDs: Object.fromEntries([...podUids].map((podUid) => [podUid, {}])),
  DriverState: Object.fromEntries([...drivers].map(([driver, devices]) => [driver, { Devices: devices.map(deviceEntryOf) }])),
});

const deviceEntryOf = ({ pool, device, shareId, requests, cdiDevices }: PreparedDevice): DeviceEntry => ({
  PoolName: pool,
  DeviceName: device,
  ShareID: shareId ?? null,
  RequestNames: requests,
  CDIDeviceIDs: cdiDevices,
});

const recordOfEntry = ({ ClaimUID, ClaimName, Namespace, PodUIDs, DriverState }: StateEntry): ClaimRecord => ({
  uid: ClaimUID,
  name: ClaimName,
  namespace: Namespace,
  podUids: new Set(Object.keys(PodUIDs)),
  drivers: new Map(Object.entries(DriverState).map(([driver, { Devices }]) => [driver, (Devices ?? []).map(deviceOfEntry)])),
  isPrepared: false,
});

const deviceOfEntry = ({ PoolName, DeviceName, ShareID, RequestNames, CDIDeviceIDs }: DeviceEntry): PreparedDevice => ({
  pool: PoolName,
  device: DeviceName,
  requests: RequestNames ?? [],
  cdiDevices: CDIDeviceIDs ?? [],
  ...(ShareID ? { shareId: ShareID } : {}),
});
