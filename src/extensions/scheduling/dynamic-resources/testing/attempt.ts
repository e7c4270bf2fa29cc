import assert from 'node:assert/strict';
import type { Pod } from '../../../../api/generated/core-v1.ts';
import type { NodeInfo, SchedulingPlugin, Status } from '../../../../extension-points/scheduling/contract.ts';
import { SchedulingState } from '../../../../extension-points/scheduling/scheduling-state.ts';

/** For tests: a pod on its way to a node, as the scheduler takes it there. Answers are codes with their reasons. */
export class Attempt {
  readonly #plugin: SchedulingPlugin;
  readonly #pod: Pod;
  readonly state = new SchedulingState(false);
  readonly abort = new AbortController();

  constructor(plugin: SchedulingPlugin, pod: Pod) {
    this.#plugin = plugin;
    this.#pod = pod;
  }

  /** PreFilter's refusal, or what Filter says of each node. */
  filter(...nodes: readonly NodeInfo[]): string[] {
    const { status } = this.#plugin.preFilter!(this.state, this.#pod, nodes);
    if (status.code !== 'success') return [textOf(status)];
    return nodes.map((node) => textOf(this.#plugin.filter!(this.state, this.#pod, node)));
  }

  reserve(nodeName: string): string {
    return textOf(this.#plugin.reserve!(this.state, this.#pod, nodeName, this.abort.signal) as Status);
  }

  unreserve(nodeName: string): void {
    this.#plugin.unreserve!(this.state, this.#pod, nodeName);
  }

  async bind(nodeName: string): Promise<string> {
    const flight = this.#plugin.preBindPreFlight!(this.state, this.#pod, nodeName);
    return flight.code === 'skip' ? 'skip' : textOf(await this.#plugin.preBind!(this.state, this.#pod, nodeName, this.abort.signal));
  }

  async postFilter(method: 'postFilter' | 'reviewPostFilter' = 'postFilter'): Promise<string> {
    return textOf((await this.#plugin[method]!(this.state, this.#pod, new Map(), this.abort.signal)).status);
  }

  /** Filters one node, which must fit, and reserves it. */
  take(node: NodeInfo): void {
    assert.deepEqual(this.filter(node), ['success']);
    assert.equal(this.reserve(node.name), 'success');
  }
}

const textOf = ({ code, reasons }: Status): string => [code, ...reasons].join(': ');
