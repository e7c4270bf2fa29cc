import type { Node } from '../../../api/generated/core-v1.ts';
import { nodes } from '../../../api/generated/resource-types.ts';
import type { Informer, Informers } from '../../../client/informer.ts';

/** Told of the agent's own Node: its newest version, or undefined when it was deleted. */
export type OwnNodeListener = (node: Node | undefined) => void;

/** For an agent on its own: a watch of its Node only. */
export function followSelectedNode(informers: Informers, nodeName: string, tell: OwnNodeListener): Disposable {
  const informer = informers.informer(nodes, { fieldSelector: `metadata.name=${nodeName}` });
  return informer.onChange({ added: tell, updated: tell, deleted: () => tell(undefined) });
}

/** One table of listeners per informer, so that thousands of agents in one process do not each look at every Node. */
const tables = new WeakMap<Informer<Node>, Map<string, OwnNodeListener>>();

/** For agents that share a process with others: all Nodes are watched once, and each agent hears of its own. */
export function followSharedNode(informers: Informers, nodeName: string, tell: OwnNodeListener): Disposable {
  const informer = informers.informer(nodes);
  const table = tables.get(informer) ?? listenersOf(informer);
  table.set(nodeName, tell);
  const known = informer.get({ name: nodeName });
  if (known) tell(known);
  return { [Symbol.dispose]: () => void (table.get(nodeName) === tell && table.delete(nodeName)) };
}

function listenersOf(informer: Informer<Node>): Map<string, OwnNodeListener> {
  const table = new Map<string, OwnNodeListener>();
  tables.set(informer, table);
  const put = (node: Node): void => table.get(node.metadata.name ?? '')?.(node);
  informer.onChange({ added: put, updated: put, deleted: (node) => table.get(node.metadata.name ?? '')?.(undefined) });
  return table;
}
