/** The client that makes the objects of a run: over a few HTTP/2 connections, with many requests in flight. */

import type { Pod } from '../../src/api/generated/core-v1.ts';
import type { KubernetesObject } from '../../src/api/object.ts';
import type { ApiAddress } from './api-session.ts';
import { ApiSession, preciseNow } from './api-session.ts';
import { answerOrders } from './orders.ts';
import type { WorkloadSize } from './workloads.ts';
import { churnIntervalMs, WorkloadObjects, workloadNamed } from './workloads.ts';

export interface CreateOrder {
  readonly workload: string;
  readonly size: WorkloadSize;
  readonly what: 'surroundings' | 'nodes' | 'initPods' | 'measuredPods';
}
export interface CreateReport {
  readonly created: number;
  readonly startedMs: number;
  readonly endedMs: number;
}

const connections = 4;
const inFlight = 30;
let sessions: ApiSession[] = [];
let churn: NodeJS.Timeout | undefined;
const churned: Pod[] = [];

const orders = {
  connect(address: ApiAddress): void {
    sessions = Array.from({ length: connections }, () => new ApiSession(address));
  },
  /** Creates objects, refused ones are an error. Bodies are written before the time is taken. */
  async create({ workload, size, what }: CreateOrder): Promise<CreateReport> {
    const objects = new WorkloadObjects(workloadNamed(workload), size);
    const requests = Array.from(what === 'surroundings' ? surroundingsOf(objects) : objects[what](), requestFor);
    const startedMs = preciseNow();
    if (what === 'surroundings') for (const request of requests) await send(request, 0);
    else await sendAll(requests);
    if (what === 'nodes') await sendAll(Array.from(objects.nodes(), ({ metadata }) => untaint(metadata.name!)));
    return { created: requests.length, startedMs, endedMs: preciseNow() };
  },
  /** Removes all pods at once, whatever their grace period, and the nodes. */
  async clear({ workload }: { workload: string }): Promise<void> {
    const names = ['default', ...namespacesOf(workload)];
    for (const name of names) await sessions[0]!.send('DELETE', `/api/v1/namespaces/${name}/pods?gracePeriodSeconds=0`);
    await sessions[0]!.send('DELETE', '/api/v1/nodes');
  },
  /** Removes the pods that were measured, and those that came meanwhile. */
  async removeMeasured({ workload, size }: Omit<CreateOrder, 'what'>): Promise<void> {
    const pods = [...new WorkloadObjects(workloadNamed(workload), size).measuredPods(), ...churned.splice(0)];
    await sendAll(pods.map((pod) => ({ method: 'DELETE', path: `${requestFor(pod).path}/${pod.metadata.name}?gracePeriodSeconds=0`, body: '' })));
  },
  /** Five pods a second until told to stop. */
  startChurn({ workload, from }: { workload: string; from: number }): void {
    const objects = new WorkloadObjects(workloadNamed(workload));
    let index = from;
    churn = setInterval(() => {
      const pod = objects.churnPod(index++);
      if (!pod) return;
      churned.push(pod);
      void send(requestFor(pod), 0);
    }, churnIntervalMs);
  },
  stopChurn(): void {
    clearInterval(churn);
  },
};

export type CreatorOrders = typeof orders;

interface Request {
  readonly method: 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body: string;
}

const collections: Readonly<Record<string, string>> = {
  Node: '/api/v1/nodes',
  Namespace: '/api/v1/namespaces',
  PriorityClass: '/apis/scheduling.k8s.io/v1/priorityclasses',
  Pod: '/api/v1/namespaces/%/pods',
  Service: '/api/v1/namespaces/%/services',
  ServiceAccount: '/api/v1/namespaces/%/serviceaccounts',
};

const requestFor = (object: KubernetesObject): Request => ({
  method: 'POST',
  path: collections[object.kind!]!.replace('%', object.metadata.namespace ?? ''),
  body: JSON.stringify(object),
});

/** Admission gives every new node the taint that it is not ready, and there is no controller that sees it is. */
const untaint = (name: string): Request => ({ method: 'PATCH', path: `/api/v1/nodes/${name}`, body: '[{"op":"replace","path":"/spec/taints","value":[]}]' });

const namespacesOf = (workload: string): string[] =>
  (workloadNamed(workload).surroundings ?? []).filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name!);

/** Nobody makes the accounts that pods run as: there are no controllers. */
function* surroundingsOf({ workload }: WorkloadObjects): Iterable<KubernetesObject> {
  yield* workload.surroundings ?? [];
  for (const namespace of ['default', ...namespacesOf(workload.name)]) {
    yield { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } } as KubernetesObject;
  }
}

const send = ({ method, path, body }: Request, index: number): Promise<string> =>
  sessions[index % connections]!.send(method, path, body === '' ? undefined : body);

async function sendAll(requests: readonly Request[]): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < requests.length) {
      const index = next++;
      await send(requests[index]!, index);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
}

answerOrders(orders);
