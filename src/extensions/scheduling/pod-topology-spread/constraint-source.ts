import type { Pod, TopologySpreadConstraint } from '../../../api/generated/core-v1.ts';
import type { DefaultSelector } from './default-selector.ts';
import type { Action, SpreadConstraint } from './spread-constraints.ts';
import { readConstraints } from './spread-constraints.ts';

/** Read when they are asked for. */
type Constraints = Partial<Record<Action, readonly SpreadConstraint[]>>;

const none: readonly SpreadConstraint[] = [];
const mostTexts = 2048;
const longestText = 16 * 1024;

/** The constraints of pods; those without any have the default ones, if something says which pods belong with them. The pods of a set share theirs. */
export class ConstraintSource {
  readonly #defaults: readonly TopologySpreadConstraint[];
  readonly #isSystemDefaulted: boolean;
  readonly #defaultSelector: DefaultSelector;
  readonly #known = new WeakMap<Pod, Constraints>();
  /** By everything of the pod that they depend on. The oldest are forgotten. */
  readonly #knownByText = new Map<string, Constraints>();

  constructor(
    defaults: readonly TopologySpreadConstraint[],
    { isSystemDefaulted, defaultSelector }: { isSystemDefaulted: boolean; defaultSelector: DefaultSelector },
  ) {
    this.#defaults = defaults;
    this.#isSystemDefaulted = isSystemDefaulted;
    this.#defaultSelector = defaultSelector;
  }

  /** Those that refuse nodes. */
  hard(pod: Pod): readonly SpreadConstraint[] {
    return this.#of(pod, 'DoNotSchedule');
  }

  /** Those that score nodes. */
  soft(pod: Pod): readonly SpreadConstraint[] {
    return this.#of(pod, 'ScheduleAnyway');
  }

  /** Whether nodes that lack the key of one soft constraint are out for all; not so under the system's defaults, which must work on clusters without zones. */
  needsAllKeys(pod: Pod): boolean {
    return hasOwn(pod) || !this.#isSystemDefaulted;
  }

  #of(pod: Pod, action: Action): readonly SpreadConstraint[] {
    if (hasOwn(pod)) return (this.#own(pod)[action] ??= readConstraints(pod.spec!.topologySpreadConstraints!, pod, { action, needsAllKeys: true }));
    if (!this.#defaults.some(({ whenUnsatisfiable }) => whenUnsatisfiable === action)) return none;
    const { selector, text } = this.#defaultSelector(pod);
    if (selector.requirements.length === 0) return none;
    const needsAllKeys = !this.#isSystemDefaulted || action === 'DoNotSchedule';
    return (this.#shared(pod, [pod.metadata.namespace, text])[action] ??= readConstraints(this.#defaults, pod, { action, needsAllKeys, selector }));
  }

  #own(pod: Pod): Constraints {
    let constraints = this.#known.get(pod);
    if (!constraints) {
      const own = pod.spec!.topologySpreadConstraints!;
      const { namespace, labels = {} } = pod.metadata;
      const values = own.map(({ matchLabelKeys = [] }) => matchLabelKeys.map((key) => (Object.hasOwn(labels, key) ? labels[key] : null)));
      constraints = this.#shared(pod, [namespace, own, values]);
      this.#known.set(pod, constraints);
    }
    return constraints;
  }

  #shared({ spec }: Pod, parts: readonly unknown[]): Constraints {
    const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
    const text = JSON.stringify([...parts, spec?.nodeSelector, required, spec?.tolerations]);
    let constraints = this.#knownByText.get(text);
    if (!constraints) {
      constraints = {};
      if (text.length > longestText) return constraints;
      if (this.#knownByText.size >= mostTexts) this.#knownByText.delete(this.#knownByText.keys().next().value!);
      this.#knownByText.set(text, constraints);
    }
    return constraints;
  }
}

const hasOwn = ({ spec }: Pod): boolean => (spec?.topologySpreadConstraints?.length ?? 0) > 0;
