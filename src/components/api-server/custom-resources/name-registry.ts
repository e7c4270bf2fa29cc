import type { CustomResourceDefinition, CustomResourceDefinitionNames } from '../../../api/generated/apiextensions-v1.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { type NameRegistry, takenNames } from '../../../extension-points/resources/custom-resource-definition/accepted-names.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { ExtensionPoint } from '../../../kernel/extension-point.ts';
import type { ObjectStore } from '../store/contract.ts';

/** Where CustomResourceDefinition objects are in the store. */
export const definitionsPrefix = 'customresourcedefinitions.apiextensions.k8s.io';

/** The roster shows which definitions come from objects. */
export const originOf = (name: string): string => `customresourcedefinition/${name}`;
const isFromObject = (origin: string): boolean => origin.startsWith('customresourcedefinition/');

/** A commit is over by then, well or not. */
const reservedMs = 1_000;

interface Reservation {
  readonly group: string;
  readonly names: CustomResourceDefinitionNames;
  readonly untilMs: number;
}

/** The names in use in each group: accepted names of stored definitions, and those of kinds that are there without an object. */
export function createNameRegistry(store: ObjectStore, point: ExtensionPoint<ResourceDefinition>, clock: Clock): NameRegistry {
  const reservations = new Map<string, Reservation>();
  const reservedFor = (group: string, besides: string): readonly CustomResourceDefinitionNames[] => {
    for (const [name, { untilMs }] of reservations) if (untilMs < clock.now()) reservations.delete(name);
    return [...reservations].filter(([name, reserved]) => name !== besides && reserved.group === group).map(([, { names }]) => names);
  };
  return {
    reserve(group, definitionName, names) {
      reservations.set(definitionName, { group, names, untilMs: clock.now() + reservedMs });
    },
    release: (definitionName) => void reservations.delete(definitionName),
    takenBesides(group, definitionName) {
      const stored = store
        .collection(definitionsPrefix)
        .list({})
        .items.filter(({ key }) => key.name !== definitionName)
        .map(({ object }) => object as unknown as CustomResourceDefinition)
        .filter(({ spec }) => spec.group === group)
        .flatMap(({ status }) => status?.acceptedNames ?? []);
      const others = [...point]
        .filter(({ origin, implementation }) => !isFromObject(origin) && implementation.group === group)
        .map(({ implementation: { resource, singular, shortNames = [], kind, listKind } }) => ({
          plural: resource,
          singular,
          shortNames: [...shortNames],
          kind,
          listKind: listKind ?? `${kind}List`,
        }));
      return takenNames([...stored, ...others, ...reservedFor(group, definitionName)]);
    },
  };
}
