import type { Pod } from '../../../api/generated/core-v1.ts';
import { pods } from '../../../api/generated/resource-types.ts';
import type { Informer, Informers } from '../../../client/informer.ts';

export interface NodePodsHandler {
  put(pod: Pod): void;
  remove(pod: Pod): void;
}

/** The pods bound to one node, as the API has them. */
export interface NodePods {
  synced(): Promise<void>;
  follow(handler: NodePodsHandler): Disposable;
  /** As they are now. */
  list(): readonly Pod[];
}

/** For an agent on its own: a watch of its node's pods only. */
export function selectedNodePods(informers: Informers, nodeName: string): NodePods {
  const informer = informers.informer(pods, { fieldSelector: `spec.nodeName=${nodeName}` });
  return {
    synced: () => informer.synced(),
    list: () => informer.list(),
    follow: (handler) => informer.onChange({ added: (pod) => handler.put(pod), updated: (pod) => handler.put(pod), deleted: (pod) => handler.remove(pod) }),
  };
}

const nodeNameIndex = 'spec.nodeName';
/** One router per informer, so that thousands of agents in one process do not each look at every pod. */
const routers = new WeakMap<Informer<Pod>, Router>();

/** For agents that share a process with others: all pods are watched once, and each agent hears of its own. */
export function sharedNodePods(informers: Informers, nodeName: string): NodePods {
  const informer = informers.informer(pods);
  const router = routers.get(informer) ?? new Router(informer);
  routers.set(informer, router);
  return {
    synced: () => informer.synced(),
    list: () => informer.byIndex(nodeNameIndex, nodeName),
    follow: (handler) => router.follow(nodeName, handler),
  };
}

class Router {
  readonly #informer: Informer<Pod>;
  readonly #handlers = new Map<string, NodePodsHandler>();

  constructor(informer: Informer<Pod>) {
    this.#informer = informer;
    informer.addIndex(nodeNameIndex, (pod) => (pod.spec.nodeName ? [pod.spec.nodeName] : []));
    const put = (pod: Pod): void => {
      if (pod.spec.nodeName) this.#handlers.get(pod.spec.nodeName)?.put(pod);
    };
    informer.onChange({
      added: put,
      updated: put,
      deleted: (pod) => {
        if (pod.spec.nodeName) this.#handlers.get(pod.spec.nodeName)?.remove(pod);
      },
    });
  }

  follow(nodeName: string, handler: NodePodsHandler): Disposable {
    if (this.#handlers.has(nodeName)) throw new Error(`two node agents follow the pods of node ${nodeName}`);
    this.#handlers.set(nodeName, handler);
    for (const pod of this.#informer.byIndex(nodeNameIndex, nodeName)) handler.put(pod);
    return { [Symbol.dispose]: () => void (this.#handlers.get(nodeName) === handler && this.#handlers.delete(nodeName)) };
  }
}
