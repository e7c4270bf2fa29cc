import type { Node } from '../../../api/generated/core-v1.ts';
import type { Client } from '../../../client/client.ts';
import type { Informer } from '../../../client/informer.ts';
import type { NodeLabelSource } from '../../../extension-points/node-labels/contract.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { ExtensionPoint } from '../../../kernel/extension-point.ts';
import type { Log } from '../../../kernel/log.ts';
import { recordAnnotation } from './label-record.ts';
import { NodeLabeller } from './node-labeller.ts';

export interface NodeLabellersOptions {
  /** Of all Nodes, or of the one. */
  readonly informer: Informer<Node>;
  /** The nodes of this process's agents. */
  readonly nodeNames: readonly string[];
  readonly isSimulated: boolean;
  readonly clientOf: (nodeName: string) => Client;
  readonly point: ExtensionPoint<NodeLabelSource>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Keeps the labels of the nodes of a process. Where there are no sources it costs nothing, however many nodes there are. */
export class NodeLabellers implements AsyncDisposable {
  readonly #options: NodeLabellersOptions;
  readonly #nodeNames: ReadonlySet<string>;
  readonly #labellers = new Map<string, NodeLabeller>();
  readonly #watching: Disposable;

  constructor(options: NodeLabellersOptions) {
    this.#options = options;
    this.#nodeNames = new Set(options.nodeNames);
    const put = (node: Node): void => this.#put(node);
    this.#watching = options.informer.onChange({
      added: put,
      updated: put,
      deleted: (node) => this.#labellers.get(node.metadata.name ?? '')?.observe(undefined),
    });
  }

  /** Sources may have come or gone. */
  refresh(): void {
    for (const labeller of this.#labellers.values()) labeller.refresh();
    for (const name of this.#nodeNames) {
      const node = this.#options.informer.get({ name });
      if (node) this.#put(node);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watching[Symbol.dispose]();
    await Promise.all([...this.#labellers.values()].map((labeller) => labeller[Symbol.asyncDispose]()));
  }

  #put(node: Node): void {
    const { name = '' } = node.metadata;
    (this.#labellers.get(name) ?? this.#labellerFor(name, node))?.observe(node);
  }

  /** Also a node whose sources have all gone needs one, for the labels that they left. */
  #labellerFor(name: string, node: Node): NodeLabeller | undefined {
    const { point, clientOf, isSimulated, clock, log } = this.#options;
    const hasSources = !point[Symbol.iterator]().next().done;
    if (!this.#nodeNames.has(name) || !(hasSources || node.metadata.annotations?.[recordAnnotation] !== undefined)) return undefined;
    const labeller = new NodeLabeller({ client: clientOf(name), point, node: { name, isSimulated }, clock, log });
    this.#labellers.set(name, labeller);
    return labeller;
  }
}
