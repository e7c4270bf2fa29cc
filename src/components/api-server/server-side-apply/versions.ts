import type { UntypedObject } from '../../../api/object.ts';
import { mutableCopy } from '../operations/mutable-copy.ts';
import type { ResourceIndex, ServedResource } from '../resource-index.ts';
import { type Structure, structureOf } from './structure.ts';
import type { Fields } from './typed-value.ts';

/** The version that a request came in by. A kind that is no resource of its own (Scale) has only the one. */
type OwnVersion = ServedResource | { readonly apiVersion: string; readonly structure: Structure };

/** The versions of one resource: managers own fields in the version that they wrote in. */
export class Versions {
  readonly #resources: ResourceIndex;
  readonly #own: OwnVersion;

  constructor(resources: ResourceIndex, own: OwnVersion) {
    this.#resources = resources;
    this.#own = own;
  }

  /** Undefined when the version is not served (any more), or belongs to another group. */
  structure(apiVersion: string): Structure | undefined {
    const own = this.#own;
    if ('structure' in own) return own.apiVersion === apiVersion ? own.structure : undefined;
    const served = this.#find(own, apiVersion);
    return served && structureOf(served);
  }

  /** The same object in another served version. Neither is the other's to change. */
  async convert(object: Fields, from: string, to: string): Promise<UntypedObject> {
    const own = this.#own;
    if (from === to || 'structure' in own) return object as UntypedObject;
    const stored = await this.#find(own, from)!.toStorage(mutableCopy(object) as UntypedObject);
    return this.#find(own, to)!.fromStorage(stored);
  }

  #find(own: ServedResource, apiVersion: string): ServedResource | undefined {
    if (apiVersion === own.apiVersion) return own;
    const slash = apiVersion.indexOf('/');
    if ((slash < 0 ? '' : apiVersion.slice(0, slash)) !== own.group) return undefined;
    return this.#resources.find(own.group, apiVersion.slice(slash + 1), own.resource);
  }
}
