import type { Node, Pod } from '../../../api/generated/core-v1.ts';
import type { NodeInfo, Status } from '../../../extension-points/scheduling/contract.ts';
import { success, unresolvable, unschedulable } from '../../../extension-points/scheduling/contract.ts';
import { labelOf } from '../../../extension-points/scheduling/node-labels.ts';
import type { SpreadConstraint } from './spread-constraints.ts';
import { countSelected, hasAllKeys, isCounted } from './spread-constraints.ts';

const refusal = "node(s) didn't match pod topology spread constraints";

/** The selected pods per domain of one constraint. */
class Domains {
  readonly #counts: Map<string, number>;
  #least: number | undefined;

  constructor(counts: ReadonlyMap<string, number> = new Map()) {
    this.#counts = new Map(counts);
  }

  get size(): number {
    return this.#counts.size;
  }

  /** The count of the emptiest domain. */
  get least(): number {
    if (this.#least === undefined) {
      this.#least = Infinity;
      for (const count of this.#counts.values()) this.#least = Math.min(this.#least, count);
    }
    return this.#least;
  }

  of(value: string): number {
    return this.#counts.get(value) ?? 0;
  }

  add(value: string, amount: number): void {
    this.#counts.set(value, this.of(value) + amount);
    this.#least = undefined;
  }

  clone(): Domains {
    return new Domains(this.#counts);
  }
}

/** The constraints that one pod must keep in one cycle, with the pods of every domain counted once. */
export class HardConstraints {
  readonly #pod: Pod;
  readonly #constraints: readonly SpreadConstraint[];
  /** By constraint. */
  readonly #domains: readonly Domains[];

  private constructor(pod: Pod, constraints: readonly SpreadConstraint[], domains: readonly Domains[]) {
    this.#pod = pod;
    this.#constraints = constraints;
    this.#domains = domains;
  }

  /** Counts the pods of all nodes. */
  static count(pod: Pod, constraints: readonly SpreadConstraint[], nodes: readonly NodeInfo[]): HardConstraints {
    const domains = constraints.map(() => new Domains());
    for (const info of nodes) {
      if (!hasAllKeys(info.node, constraints)) continue;
      for (const [index, constraint] of constraints.entries()) {
        if (!isCounted(constraint, pod, info.node)) continue;
        domains[index]!.add(labelOf(info.node, constraint.topologyKey)!, countSelected(info, constraint, pod));
      }
    }
    return new HardConstraints(pod, constraints, domains);
  }

  /** Takes a pod to be on (1) or gone from (-1) a node. */
  change(other: Pod, node: Node, amount: 1 | -1): void {
    if (other.metadata.namespace !== this.#pod.metadata.namespace || !hasAllKeys(node, this.#constraints)) return;
    for (const [index, constraint] of this.#constraints.entries()) {
      if (!constraint.selector.matches(other.metadata.labels) || !isCounted(constraint, this.#pod, node)) continue;
      this.#domains[index]!.add(labelOf(node, constraint.topologyKey)!, amount);
    }
  }

  /** Upstream's verdict and wording. */
  judge(node: Node): Status {
    for (const [index, { topologyKey, selector, maxSkew, minDomains }] of this.#constraints.entries()) {
      const value = labelOf(node, topologyKey);
      if (value === undefined) return unresolvable(`${refusal} (missing required label)`);
      const domains = this.#domains[index]!;
      // With fewer domains than asked for, those that are missing count as empty.
      const least = domains.size < minDomains ? 0 : domains.least;
      const own = selector.matches(this.#pod.metadata.labels) ? 1 : 0;
      if (domains.of(value) + own - least > maxSkew) return unschedulable(refusal);
    }
    return success;
  }

  clone(): HardConstraints {
    return new HardConstraints(
      this.#pod,
      this.#constraints,
      this.#domains.map((domains) => domains.clone()),
    );
  }
}
