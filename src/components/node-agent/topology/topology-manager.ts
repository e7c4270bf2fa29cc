import type { Container, Pod } from '../../../api/generated/core-v1.ts';
import type { Log } from '../../../kernel/log.ts';
import { AdmissionCounts } from './admission-counts.ts';
import { AdmissionError, anyAffinity, type HintProvider, type ResourceHints, type TopologyHint } from './contract.ts';
import { hintsText } from './hints-text.ts';
import type { NumaLayout } from './merge-hints.ts';
import type { NumaDistances } from './numa-distances.ts';
import { type TopologyPolicy, type TopologyPolicyName, topologyPolicy } from './policies.ts';
import { topologyPolicyOptions } from './policy-options.ts';

export type TopologyScope = 'container' | 'pod';

export interface TopologyManagerOptions {
  readonly policy: TopologyPolicyName;
  readonly scope: TopologyScope;
  readonly policyOptions: Readonly<Record<string, string>>;
  /** Of the machine, by node id. */
  readonly distances: NumaDistances;
  readonly nodeIds: readonly number[];
  readonly log: Log;
}

/** Upstream's topology manager: has the providers say where a container's resources could come from, decides, and has them allocate there. */
export class TopologyManager {
  readonly #policy: TopologyPolicy | undefined;
  readonly #policyName: TopologyPolicyName;
  readonly #scope: TopologyScope;
  readonly counts = new AdmissionCounts();
  #providers: readonly HintProvider[] = [];
  #turn: Promise<unknown> = Promise.resolve();

  /** Throws as upstream words it when the options cannot be had on this machine. */
  constructor({ policy, scope, policyOptions, distances, nodeIds, log }: TopologyManagerOptions) {
    this.#scope = scope;
    this.#policyName = policy;
    if (policy === 'none') return;
    const { prefersClosestNumaNodes, maximumNumaNodes } = topologyPolicyOptions(policyOptions, log);
    if (nodeIds.length > maximumNumaNodes) throw new Error(`unsupported on machines with more than ${maximumNumaNodes} NUMA Nodes`);
    if (prefersClosestNumaNodes && nodeIds.some((id) => !distances.get(id)?.length))
      throw new Error('cannot discover NUMA topology: error getting NUMA distances from cadvisor');
    const layout: NumaLayout = { nodeIds, distances, prefersClosest: prefersClosestNumaNodes };
    this.#policy = topologyPolicy(policy, layout);
  }

  /** In the order in which they allocate. */
  use(providers: readonly HintProvider[]): void {
    this.#providers = providers;
  }

  /** Gives a pod's containers, init containers first, all they ask of the providers. Throws an AdmissionError when they cannot be had together, or a provider's own error. */
  async allocate(pod: Pod, signal: AbortSignal): Promise<void> {
    const startedMs = performance.now();
    this.counts.requests++;
    try {
      await (this.#policy ? this.#allocateInTurn(pod, signal) : this.#allocateAnywhere(pod, signal));
    } catch (error) {
      if (this.#policy && !signal.aborted) this.counts.errors++;
      throw error;
    } finally {
      this.counts.took(performance.now() - startedMs);
    }
  }

  /** What one pod was told it could have must still be there when it takes it. */
  #allocateInTurn(pod: Pod, signal: AbortSignal): Promise<void> {
    const turn = this.#turn.then(() => {
      signal.throwIfAborted();
      return this.#scope === 'pod' ? this.#allocatePod(pod, signal) : this.#allocateContainers(pod, signal);
    });
    this.#turn = turn.catch(() => {}); // told to whoever asked
    return turn;
  }

  async #allocateAnywhere(pod: Pod, signal: AbortSignal): Promise<void> {
    for (const container of containersOf(pod)) await this.#give(pod, container, anyAffinity, signal);
  }

  async #allocateContainers(pod: Pod, signal: AbortSignal): Promise<void> {
    for (const container of containersOf(pod)) {
      const hints = this.#providers.map((provider) => provider.containerHints(pod, container));
      const { hint, isAdmitted } = this.#policy!(hints);
      if (!isAdmitted) throw this.#affinityError(`container ${container.name}`, hints);
      await this.#give(pod, container, hint, signal);
    }
  }

  async #allocatePod(pod: Pod, signal: AbortSignal): Promise<void> {
    const hints = this.#providers.map((provider) => provider.podHints(pod));
    const { hint, isAdmitted } = this.#policy!(hints);
    if (!isAdmitted) throw this.#affinityError('the pod', hints);
    for (const container of containersOf(pod)) await this.#give(pod, container, hint, signal);
  }

  #affinityError(subject: string, hints: readonly ResourceHints[]): AdmissionError {
    const detail = `topology policy ${this.#policyName}: ${hintsText(subject, hints)}`;
    return new AdmissionError('TopologyAffinityError', 'Resources cannot be allocated with Topology locality', detail);
  }

  async #give(pod: Pod, container: Container, hint: TopologyHint, signal: AbortSignal): Promise<void> {
    for (const provider of this.#providers) await provider.allocateContainer(pod, container, hint, signal);
  }
}

/** Those that resources are given to, in the order in which they start. */
export const containersOf = (pod: Pod): readonly Container[] => [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
