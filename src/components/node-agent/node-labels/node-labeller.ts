import type { Node } from '../../../api/generated/core-v1.ts';
import { nodes } from '../../../api/generated/resource-types.ts';
import { isConflict, isNotFound } from '../../../api/status.ts';
import type { Client } from '../../../client/client.ts';
import type { LabelledNode, NodeLabelSource } from '../../../extension-points/node-labels/contract.ts';
import { NodeLabels } from '../../../extension-points/node-labels/run.ts';
import { Backoff } from '../../../kernel/backoff.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { ExtensionPoint } from '../../../kernel/extension-point.ts';
import type { Log } from '../../../kernel/log.ts';
import { labelChanges } from './label-changes.ts';
import { recordOf } from './label-record.ts';

export interface NodeLabellerOptions {
  /** Acts as the node itself: NodeRestriction lets it set what a source may say. */
  readonly client: Client;
  readonly point: ExtensionPoint<NodeLabelSource>;
  readonly node: LabelledNode;
  readonly clock: Clock;
  readonly log: Log;
}

/** Sources often speak one after the other. */
const gatherMs = 100;
/** A node is written so often at most, whatever its sources do. */
const pauseMs = 1_000;
const retry = { initialMs: 1_000, maximumMs: 60_000 };

/** Keeps the labels of one Node as the sources want them. Level-driven: compares what the Node shows with what is wanted, whenever either changes. */
export class NodeLabeller implements AsyncDisposable {
  readonly #options: NodeLabellerOptions;
  readonly #labels: NodeLabels;
  readonly #stopping = new AbortController();
  readonly #backoff: Backoff;
  #node: Node | undefined;
  #isRemembered = false;
  #isDue = false;
  #working: Promise<void> | undefined;
  #taken: ReadonlySet<string> = new Set();

  constructor(options: NodeLabellerOptions) {
    this.#options = options;
    const { point, node, clock, log } = options;
    this.#backoff = new Backoff({ ...retry, now: () => clock.now() });
    this.#labels = new NodeLabels({ point, node, clock, log, onChange: () => this.#update() });
    this.#labels.refresh();
  }

  /** The newest version of the Node; undefined when it was deleted. */
  observe(node: Node | undefined): void {
    if (node && this.#node && node.metadata.uid === this.#node.metadata.uid && versionOf(node) < versionOf(this.#node)) return; // an answer to this labeller came first
    this.#node = node;
    if (!node) return;
    if (!this.#isRemembered) {
      this.#isRemembered = true;
      this.#labels.remember(recordOf(node));
    }
    this.#update();
  }

  /** Sources may have come or gone. */
  refresh(): void {
    this.#labels.refresh();
  }

  /** What is on the Node stays there. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort(new Error('the node agent is stopped'));
    await this.#labels[Symbol.asyncDispose]();
    await this.#working;
  }

  #update(): void {
    this.#isDue = true;
    if (!this.#node || this.#stopping.signal.aborted) return;
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
      if (this.#isDue) this.#update(); // it came after the last look, while the promise settled
    });
  }

  async #work(): Promise<void> {
    while (this.#isDue && this.#node && !this.#stopping.signal.aborted) {
      await this.#wait(gatherMs);
      this.#isDue = false;
      if (this.#node) await this.#apply(this.#node);
    }
  }

  async #apply(node: Node): Promise<void> {
    const { client, log, node: about } = this.#options;
    const { patch, taken } = labelChanges(node, this.#labels.current());
    for (const label of taken)
      if (!this.#taken.has(label))
        log.warn('a label is left as it is: somebody else has set it', { node: about.name, label, value: node.metadata.labels?.[label] });
    this.#taken = new Set(taken);
    if (!patch || this.#stopping.signal.aborted) return;
    try {
      this.observe(await client.patch(nodes, { name: about.name }, { type: 'merge', body: patch }));
      this.#backoff.reset(about.name);
      await this.#wait(pauseMs);
    } catch (error) {
      await this.#recover(error);
    }
  }

  async #recover(error: unknown): Promise<void> {
    const { client, log, node } = this.#options;
    this.#isDue = true;
    try {
      if (!isConflict(error) && !isNotFound(error)) throw error;
      this.#node = await client.get(nodes, { name: node.name }); // somebody else was faster
    } catch (fault) {
      if (isNotFound(fault)) {
        this.#node = undefined; // it is told of when it is there again
        return;
      }
      const retryMs = this.#backoff.next(node.name);
      log.warn('labels of the node not written; trying again', { node: node.name, error: fault, retryMs });
      await this.#wait(retryMs);
    }
  }

  async #wait(delayMs: number): Promise<void> {
    await this.#options.clock.sleep(delayMs, this.#stopping.signal).catch(() => undefined); // stopped: the loop ends
  }
}

const versionOf = (node: Node): number => Number(node.metadata.resourceVersion ?? 0) || 0;
