import type { CustomResourceDefinition } from '../../../api/generated/apiextensions-v1.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { isEstablished, isTerminating } from '../../../extension-points/resources/custom-resource-definition/conditions.ts';
import {
  type CustomResource,
  type CustomResourceParts,
  customResource,
} from '../../../extension-points/resources/custom-resource-definition/custom-resource.ts';
import type { ExtensionPoint } from '../../../kernel/extension-point.ts';
import type { Log } from '../../../kernel/log.ts';
import { originOf } from './name-registry.ts';

interface Served {
  /** Changes when what is served changes. */
  readonly identity: string;
  readonly resource: CustomResource;
  added: Disposable;
  isTerminating: boolean;
}

/** The custom resources that are being served: keeps the extension point as the stored definitions want it. */
export class ServedDefinitions implements Disposable {
  readonly #point: ExtensionPoint<ResourceDefinition>;
  readonly #parts: CustomResourceParts;
  readonly #log: Log;
  readonly #served = new Map<string, Served>();

  constructor(point: ExtensionPoint<ResourceDefinition>, parts: CustomResourceParts, log: Log) {
    this.#point = point;
    this.#parts = parts;
    this.#log = log;
  }

  /** Whether the resource of a definition is served. */
  has(name: string): boolean {
    return this.#served.has(name);
  }

  /** Serves a definition as it now is, at once; one that is not established is not served. A change of what is served ends open watches. */
  follow(name: string, object: CustomResourceDefinition): void {
    if (!isEstablished(object)) return this.drop(name);
    const identity = identityOf(object);
    const known = this.#served.get(name);
    if (known?.identity === identity) return this.#followEnd(name, known, object);
    this.drop(name);
    try {
      this.#add(name, identity, object);
    } catch (error) {
      // Something else took the name in between; the definition is tried again when anything of its group changes.
      this.#log.error('a custom resource could not be served', { definition: name, error });
    }
  }

  drop(name: string): void {
    const known = this.#served.get(name);
    if (!known) return;
    this.#served.delete(name);
    known.added[Symbol.dispose]();
    known.resource[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    for (const name of [...this.#served.keys()]) this.drop(name);
  }

  #add(name: string, identity: string, object: CustomResourceDefinition): void {
    const resource = customResource(object, this.#parts);
    try {
      const added = this.#point.add({ name, origin: originOf(name), implementation: resource.definition });
      this.#served.set(name, { identity, resource, added, isTerminating: isTerminating(object) });
    } catch (error) {
      resource[Symbol.dispose]();
      throw error;
    }
  }

  /** Watches go on while the objects go; adding the definition again lets discovery see what it no longer offers. */
  #followEnd(name: string, known: Served, object: CustomResourceDefinition): void {
    if (known.isTerminating || object.metadata.deletionTimestamp === undefined) return;
    known.isTerminating = true;
    known.resource.terminate();
    known.added[Symbol.dispose]();
    known.added = this.#point.add({ name, origin: originOf(name), implementation: known.resource.definition });
  }
}

/** The generation stands for the spec. */
const identityOf = ({ metadata: { uid, generation }, status }: CustomResourceDefinition): string => JSON.stringify([uid, generation, status?.acceptedNames]);
