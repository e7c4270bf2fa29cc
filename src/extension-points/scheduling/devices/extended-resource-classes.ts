import { deviceclasses } from '../../../api/generated/resource-types.ts';
import type { DeviceClass } from '../../../api/generated/resource-v1.ts';
import type { Informers } from '../../../client/informer.ts';

/** Every class can be asked for as an extended resource of this name, whatever other name it has. */
export const implicitPrefix = 'deviceclass.resource.kubernetes.io/';

/**
 * Which class of devices stands behind an extended resource (`spec.extendedResourceName`). Of several classes with one name the newest counts, then the first by name,
 * so that a class can be replaced by another.
 */
export class ExtendedResourceClasses {
  readonly #byResource = new Map<string, DeviceClass>();
  readonly #all = new Map<string, DeviceClass>();
  /** Rises whenever an answer may have changed. */
  revision = 0;

  constructor(informers: Informers) {
    informers.informer(deviceclasses).onChange({
      added: (added) => this.#replace(undefined, added),
      updated: (current, old) => this.#replace(old, current),
      deleted: (deleted) => this.#replace(deleted, undefined),
    });
  }

  /** The class behind a resource; undefined when it is none of this kind. */
  classOf(resource: string): DeviceClass | undefined {
    return this.#byResource.get(resource);
  }

  /** Whether there is any class at all: without, no resource needs looking up. */
  get isEmpty(): boolean {
    return this.#all.size === 0;
  }

  #replace(old: DeviceClass | undefined, current: DeviceClass | undefined): void {
    this.revision++;
    if (old) this.#all.delete(nameOf(old));
    if (current) this.#all.set(nameOf(current), current);
    const touched = [old, current].flatMap((deviceClass) => (deviceClass ? namesOfClass(deviceClass) : []));
    for (const resource of touched) {
      const best = this.#bestFor(resource);
      if (best) this.#byResource.set(resource, best);
      else this.#byResource.delete(resource);
    }
  }

  #bestFor(resource: string): DeviceClass | undefined {
    let best: DeviceClass | undefined;
    for (const candidate of this.#all.values()) if (namesOfClass(candidate).includes(resource) && (!best || isBefore(candidate, best))) best = candidate;
    return best;
  }
}

const nameOf = ({ metadata }: DeviceClass): string => metadata.name ?? '';

/** The extended resources that a class can be asked for as. */
export const namesOfClass = (deviceClass: DeviceClass): string[] => [
  `${implicitPrefix}${nameOf(deviceClass)}`,
  ...(deviceClass.spec.extendedResourceName === undefined ? [] : [deviceClass.spec.extendedResourceName]),
];

function isBefore(left: DeviceClass, right: DeviceClass): boolean {
  const [made, other] = [left.metadata.creationTimestamp ?? '', right.metadata.creationTimestamp ?? ''];
  return made === other ? nameOf(left) < nameOf(right) : made > other;
}
