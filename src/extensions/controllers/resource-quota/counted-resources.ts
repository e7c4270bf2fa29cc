import { catalogue } from '../../../api/catalogue.ts';
import { deviceclasses } from '../../../api/generated/resource-types.ts';
import type { KubernetesObject } from '../../../api/object.ts';
import { groupResource, groupVersion, type ResourceType } from '../../../api/resource-type.ts';
import type { Informer } from '../../../client/informer.ts';
import { createInformers } from '../../../client/shared-informers.ts';
import type { QuotaEvaluator } from '../../../extension-points/admission/quota/evaluator.ts';
import type { QuotaEvaluators } from '../../../extension-points/admission/quota/evaluators.ts';
import type { ControllerDeps } from '../../../extension-points/controllers/contract.ts';
import type { ServedResources } from '../../../extension-points/controllers/served-resources.ts';
import { DisposalStack } from '../../../kernel/disposal.ts';

/** A resource whose objects count against a quota. */
export interface CountedResource {
  readonly evaluator: QuotaEvaluator;
  /** The quota's names that they count against. */
  readonly names: readonly string[];
  readonly list: (namespace: string) => readonly KubernetesObject[];
}

export interface CountedHandler {
  gone(object: KubernetesObject, evaluator: QuotaEvaluator): void;
  /** An object is no longer what it was. */
  changed(object: KubernetesObject, old: KubernetesObject, evaluator: QuotaEvaluator): void;
}

interface Monitor extends AsyncDisposable {
  readonly type: ResourceType;
  readonly informer: Informer<KubernetesObject>;
}

const builtIn = new Set(catalogue.map((entry) => `${groupResource(entry)}/${entry.version}`));
const needed = ['create', 'delete', 'list', 'watch'];
/** A resource that cannot be listed (its definition is just going) holds nobody up longer. */
const syncPatienceMs = 5_000;

/** Watches the resources that some quota counts, from the first quota that does; nothing of the others. */
export class CountedResources implements AsyncDisposable {
  readonly #deps: ControllerDeps;
  readonly #evaluators: QuotaEvaluators;
  readonly #handler: CountedHandler;
  readonly #monitors = new Map<string, Monitor>();
  #served: readonly ResourceType[] = [];

  constructor(deps: ControllerDeps, evaluators: QuotaEvaluators, handler: CountedHandler) {
    this.#deps = deps;
    this.#evaluators = evaluators;
    this.#handler = handler;
  }

  /**
   * Takes note of what is served, and stops watching custom resources that are not any more, or that no quota counts: `names` are those of all quotas. Resources of
   * groups that failed discovery are kept as they are. Answers whether anything came or went.
   */
  async follow({ resources, failures }: ServedResources, names: ReadonlySet<string>): Promise<boolean> {
    const before = new Set(this.#served.map(keyOf));
    const failed = this.#served.filter((type) => failures.has(groupVersion(type)));
    const served = resources.filter(({ type, verbs }) => type.namespaced && needed.every((verb) => verbs.includes(verb))).map(({ type }) => type);
    this.#served = [...served, ...failed];
    const keys = new Set(this.#served.map(keyOf));
    for (const [key, monitor] of this.#monitors) {
      const isCounted = keys.has(key) && (this.#evaluators.of(monitor.type)?.matchingNames(names).length ?? 0) > 0;
      if (isCounted || builtIn.has(key)) continue;
      this.#monitors.delete(key);
      await monitor[Symbol.asyncDispose]();
    }
    return keys.symmetricDifference(before).size > 0;
  }

  /** Who counts against these names, ready to be listed. `isComplete`: none is missing because it could not be listed yet. */
  async of(names: readonly string[], signal: AbortSignal): Promise<{ readonly resources: readonly CountedResource[]; readonly isComplete: boolean }> {
    await this.#listed(deviceclasses, signal);
    const resources: CountedResource[] = [];
    let isComplete = true;
    for (const type of this.#served) {
      const evaluator = this.#evaluators.of(type);
      const matching = evaluator?.matchingNames(names) ?? [];
      if (!evaluator || matching.length === 0) continue;
      const all = await Promise.all([type, ...(evaluator.reads ?? [])].map((each) => this.#listed(each, signal, each === type ? evaluator : undefined)));
      if (all.every(({ hasSynced }) => hasSynced)) resources.push({ evaluator, names: matching, list: (namespace) => all[0]!.list(namespace) });
      else isComplete = false;
    }
    return { resources, isComplete };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const monitors = [...this.#monitors.values()];
    this.#monitors.clear();
    await Promise.all(monitors.map((monitor) => monitor[Symbol.asyncDispose]()));
  }

  /** The informer of a resource, which is told of to the handler when it has an evaluator. Waits for its first list, but not for ever. */
  async #listed(type: ResourceType, signal: AbortSignal, evaluator?: QuotaEvaluator): Promise<Informer<KubernetesObject>> {
    const informer = evaluator ? this.#monitor(type, evaluator) : this.#deps.informers.informer(type);
    if (informer.hasSynced) return informer;
    const enough = new AbortController();
    const patience = this.#deps.clock.sleep(syncPatienceMs, AbortSignal.any([signal, enough.signal]));
    await Promise.race([informer.synced(), patience]).catch((error: unknown) =>
      this.#deps.log.debug('a resource that is counted cannot be listed yet', { error }),
    );
    enough.abort(new Error('no longer awaited'));
    await patience.catch(() => undefined);
    return informer;
  }

  #monitor(type: ResourceType, evaluator: QuotaEvaluator): Informer<KubernetesObject> {
    const key = keyOf(type);
    const known = this.#monitors.get(key);
    if (known) return known.informer;
    const stack = new DisposalStack();
    // Shared informers live as long as the process; those of custom resources must end with their definition.
    const informers = builtIn.has(key) ? this.#deps.informers : stack.use(createInformers(this.#deps));
    const informer = informers.informer(type);
    this.#monitors.set(key, { type, informer, [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose]() });
    const { gone, changed } = this.#handler;
    stack.use(informer.onChange({ updated: (object, old) => changed(object, old, evaluator), deleted: (object) => gone(object, evaluator) }));
    return informer;
  }
}

const keyOf = (type: ResourceType): string => `${groupResource(type)}/${type.version}`;
