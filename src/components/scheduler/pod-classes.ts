import type { Pod } from '../../api/generated/core-v1.ts';
import type { PodClassDeps } from './pod-class.ts';
import { PodClass } from './pod-class.ts';
import { priorityOf } from './pod-facts.ts';

/** What all classes together may hold; the least recently used go first. */
const mostBytes = 64 * 2 ** 20;
const mostClasses = 256;
/** How often the bytes are counted, in new classes. */
const addedBetweenLooks = 16;
/** Classes are looked for by a text of this length at most: the signature of a pod that is larger is not worth keeping. */
const longestKey = 64 * 1024;

interface Signature {
  readonly key: string;
  /** The plugins that signed. */
  readonly signers: ReadonlySet<string>;
}

/** Finds the class of a pod: pods are of one class when all plugins that sign pods sign them alike. */
export class PodClasses {
  readonly #deps: PodClassDeps;
  /** In the order of their last use. */
  readonly #classes = new Map<string, PodClass>();
  #added = 0;
  readonly #signatures = new WeakMap<Pod, Signature>();

  constructor(deps: PodClassDeps) {
    this.#deps = deps;
  }

  of(pod: Pod): PodClass {
    const { key, signers } = this.#signatureOf(pod);
    const found = this.#classes.get(key);
    const podClass = found ?? new PodClass(this.#deps, signers);
    if (key.length > longestKey) return podClass;
    if (found) this.#classes.delete(key);
    this.#classes.set(key, podClass);
    if (!found) this.#dropOldest();
    return podClass;
  }

  /** The same text for pods of the same class. */
  keyOf(pod: Pod): string {
    return this.#signatureOf(pod).key;
  }

  /** Whether a plugin signed the pod: then it cannot tell it from others of its class. */
  isSigned(pod: Pod, plugin: string): boolean {
    return this.#signatureOf(pod).signers.has(plugin);
  }

  /** What else, beyond pods and nodes, the results of a pod's class depend on now. */
  epochOf(pod: Pod): string {
    const { framework } = this.#deps;
    let epochs = '';
    const { signers } = this.#signatureOf(pod);
    for (const plugin of framework.pluginsWith('epoch')) if (signers.has(plugin.name)) epochs += `${framework.ask(plugin, 'epoch', pod)};`;
    return epochs;
  }

  #signatureOf(pod: Pod): Signature {
    let signature = this.#signatures.get(pod);
    if (!signature) {
      const { framework } = this.#deps;
      const signers = new Set<string>();
      // The priority says which pods that nodes were set aside for count.
      const parts: unknown[] = [priorityOf(pod)];
      for (const plugin of framework.pluginsWith('sign')) {
        const part = framework.ask(plugin, 'sign', pod);
        if (part === undefined) continue;
        signers.add(plugin.name);
        parts.push(plugin.name, part);
      }
      signature = { key: JSON.stringify(parts), signers };
      this.#signatures.set(pod, signature);
    }
    return signature;
  }

  #dropOldest(): void {
    const [oldest] = this.#classes.keys();
    if (this.#classes.size > mostClasses) this.#classes.delete(oldest!);
    if (++this.#added % addedBetweenLooks !== 0) return;
    let bytes = 0;
    for (const podClass of this.#classes.values()) bytes += podClass.sizeBytes;
    for (const [key, podClass] of this.#classes) {
      if (bytes <= mostBytes || this.#classes.size <= 1) return;
      bytes -= podClass.sizeBytes;
      this.#classes.delete(key);
    }
  }
}
