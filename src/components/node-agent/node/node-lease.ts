import type { Lease } from '../../../api/generated/coordination-v1.ts';
import type { Node } from '../../../api/generated/core-v1.ts';
import { leases } from '../../../api/generated/resource-types.ts';
import { isNotFound } from '../../../api/status.ts';
import type { Client } from '../../../client/client.ts';
import { type Clock, microTimeText } from '../../../kernel/clock.ts';
import type { Log } from '../../../kernel/log.ts';

export interface NodeLeaseDeps {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  readonly nodeName: string;
  readonly node: () => Node | undefined;
  readonly durationSeconds?: number;
}

const namespace = 'kube-node-lease';
const retryMs = 1_000;

/** Says every quarter of the lease's duration that the node is alive (40 s, so every 10 s). */
export function renewNodeLease(deps: NodeLeaseDeps): Disposable {
  const { client, clock, log, nodeName } = deps;
  const durationSeconds = deps.durationSeconds ?? 40;
  const periodMs = (durationSeconds * 1000) / 4;
  const abort = new AbortController();
  let timer: Disposable | undefined;
  let hadFailed = false;

  const lease = (): Lease => {
    const uid = deps.node()?.metadata.uid;
    const spec = { holderIdentity: nodeName, leaseDurationSeconds: durationSeconds, renewTime: microTimeText(clock.now()) };
    const owner = uid ? { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid }] } : {};
    return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: nodeName, namespace, ...owner }, spec };
  };
  const renew = async (): Promise<void> => {
    try {
      await client.patch(leases, { namespace, name: nodeName }, { type: 'merge', body: { spec: lease().spec } });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await client.create(leases, lease());
    }
  };
  const turn = async (): Promise<void> => {
    // A little off, so that many nodes that started together drift apart.
    let nextMs = periodMs * (0.96 + 0.08 * Math.random());
    try {
      await renew();
      hadFailed = false;
    } catch (error) {
      if (!hadFailed && !abort.signal.aborted) log.warn('node lease not renewed; trying again', { node: nodeName, error });
      hadFailed = true;
      nextMs = retryMs;
    }
    if (!abort.signal.aborted) timer = clock.after(nextMs, () => void turn());
  };
  void turn();
  return {
    [Symbol.dispose]: () => {
      abort.abort();
      timer?.[Symbol.dispose]();
    },
  };
}
