import { setImmediate as nextTurn } from 'node:timers/promises';
import { catalogue } from '../../../api/catalogue.ts';
import type { KubernetesObject, ObjectKey } from '../../../api/object.ts';
import { groupResource, groupVersion, parseGroupVersion, type ResourceType } from '../../../api/resource-type.ts';
import type { Informer, InformerHandler } from '../../../client/informer.ts';
import { createInformers } from '../../../client/shared-informers.ts';
import type { ControllerDeps } from '../../../extension-points/controllers/contract.ts';
import type { ServedResources } from '../../../extension-points/controllers/served-resources.ts';
import { DisposalStack } from '../../../kernel/disposal.ts';

interface Monitor extends AsyncDisposable {
  readonly type: ResourceType;
  readonly informer: Informer<KubernetesObject>;
}

// Events own nothing, and there are too many of them (upstream ignores them too).
const ignored = new Set(['events', 'events.events.k8s.io']);
const builtIn = new Set(catalogue.map((entry) => `${groupResource(entry)}/${entry.version}`));

/** Watches every resource that can be listed, watched and deleted; follows as resources come and go. */
export class ResourceMonitors implements AsyncDisposable {
  readonly #deps: ControllerDeps;
  readonly #handlerFor: (type: ResourceType) => InformerHandler<KubernetesObject>;
  readonly #monitors = new Map<string, Monitor>();
  #typesByKind = new Map<string, ResourceType>();

  constructor(deps: ControllerDeps, handlerFor: (type: ResourceType) => InformerHandler<KubernetesObject>) {
    this.#deps = deps;
    this.#handlerFor = handlerFor;
  }

  /** The resource of a kind; any version of the group will do. */
  typeOf(reference: { apiVersion: string; kind: string }): ResourceType | undefined {
    return this.#typesByKind.get(kindKey(parseGroupVersion(reference.apiVersion).group, reference.kind));
  }

  find(type: ResourceType, key: ObjectKey): KubernetesObject | undefined {
    return this.#monitors.get(monitorKey(type))?.informer.get(key);
  }

  /** Whether an object of this uid and name is in any namespace: looks through all of its kind. */
  has(type: ResourceType, { uid, name }: { readonly uid: string; readonly name: string }): boolean {
    return (
      this.#monitors
        .get(monitorKey(type))
        ?.informer.list()
        .some(({ metadata }) => metadata.name === name && metadata.uid === uid) ?? false
    );
  }

  /** Starts and stops monitors so that they match what is served. Resources of groups that failed discovery are kept as they are. */
  async follow(served: ServedResources): Promise<void> {
    const kept = [...this.#typesByKind].filter(([, type]) => served.failures.has(groupVersion(type)));
    this.#typesByKind = new Map([...kept, ...served.resources.map(({ type }) => [kindKey(type.group, type.kind), type] as const)]);
    const wanted = new Map(served.resources.filter(isMonitored).map(({ type }) => [monitorKey(type), type]));
    for (const [key, monitor] of this.#monitors) {
      if (wanted.has(key) || served.failures.has(groupVersion(monitor.type))) continue;
      this.#monitors.delete(key);
      await monitor[Symbol.asyncDispose]();
    }
    for (const [key, type] of wanted) {
      if (this.#monitors.has(key)) continue;
      this.#monitors.set(key, this.#monitor(type));
      await nextTurn(); // a shared informer that is full already tells all it has at once
    }
  }

  /** Resolves when the first lists of all built-in resources are in; a custom resource that cannot be listed holds nobody up. */
  async synced(): Promise<void> {
    await Promise.all([...this.#monitors.values()].filter(({ type }) => isBuiltIn(type)).map(({ informer }) => informer.synced()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const monitor of this.#monitors.values()) await monitor[Symbol.asyncDispose]();
    this.#monitors.clear();
  }

  #monitor(type: ResourceType): Monitor {
    const stack = new DisposalStack();
    // Shared informers live as long as the process; those of custom resources must end with their definition.
    const informers = isBuiltIn(type) ? this.#deps.informers : stack.use(createInformers(this.#deps));
    const informer = informers.informer(type);
    stack.use(informer.onChange(this.#handlerFor(type)));
    return { type, informer, [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose]() };
  }
}

const kindKey = (group: string, kind: string): string => `${group}/${kind}`;
const monitorKey = (type: ResourceType): string => `${groupResource(type)}/${type.version}`;
const isBuiltIn = (type: ResourceType): boolean => builtIn.has(monitorKey(type));

const isMonitored = ({ type, verbs }: ServedResources['resources'][number]): boolean =>
  !ignored.has(groupResource(type)) && ['delete', 'list', 'watch'].every((verb) => verbs.includes(verb));
