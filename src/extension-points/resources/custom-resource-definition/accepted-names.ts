import type { CustomResourceDefinitionNames } from '../../../api/generated/apiextensions-v1.ts';
import type { Loose } from '../draft.ts';

/** Names that other resources of the group have: plural, singular and short names; kinds and list kinds. */
export interface TakenNames {
  readonly resources: ReadonlySet<string>;
  readonly kinds: ReadonlySet<string>;
}

export interface NameDecision {
  /** What is served: wanted names, or those accepted earlier where a wanted one is taken. */
  readonly accepted: CustomResourceDefinitionNames;
  /** Absent when there is no conflict. Of several the last one counts, as upstream's naming controller has it. */
  readonly conflict?: { readonly reason: string; readonly message: string };
}

type Names = Loose<CustomResourceDefinitionNames>;

const single = [
  ['plural', 'resources', 'PluralConflict'],
  ['singular', 'resources', 'SingularConflict'],
  ['shortNames', 'resources', 'ShortNamesConflict'],
  ['kind', 'kinds', 'KindConflict'],
  ['listKind', 'kinds', 'ListKindConflict'],
] as const;

/** Decides which of the wanted names a definition gets. Names it has already stay its own. Reasons and messages are upstream's. */
export function decideNames(wanted: Names, accepted: Names, taken: TakenNames): NameDecision {
  const decided: Record<string, unknown> = { ...accepted };
  let conflict: NameDecision['conflict'];
  for (const [field, where, reason] of single) {
    const inUse = namesOf(wanted[field]).filter((name) => !namesOf(accepted[field]).includes(name) && taken[where].has(name));
    if (inUse.length > 0) conflict = { reason, message: messageOf(inUse) };
    else decided[field] = wanted[field];
  }
  decided['categories'] = wanted.categories;
  for (const [field, value] of Object.entries(decided)) if (value === undefined || (Array.isArray(value) && value.length === 0)) delete decided[field];
  const plain = { plural: '', kind: '', ...decided } as CustomResourceDefinitionNames;
  return { accepted: plain, ...(conflict ? { conflict } : {}) };
}

const namesOf = (value: string | readonly string[] | undefined): readonly string[] => (value === undefined ? [] : typeof value === 'string' ? [value] : value);

function messageOf(inUse: readonly string[]): string {
  const texts = inUse.map((name) => `${JSON.stringify(name)} is already in use`);
  return texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]`;
}

/** What the API server knows of the names in a group; a `ResourceServices.service` of this name. */
export const nameRegistryService = 'custom-resource-names';

export interface NameRegistry {
  /** The names of all resources of the group but those that the named definition has. */
  takenBesides(group: string, definitionName: string): TakenNames;
  /** Holds names for a definition whose commit is under way, so that another one of the same moment does not get them too. */
  reserve(group: string, definitionName: string, names: CustomResourceDefinitionNames): void;
  /** The commit is over: what is stored counts. */
  release(definitionName: string): void;
}

/** Collects the names of resources of one group. */
export function takenNames(of: Iterable<Names>): TakenNames {
  const resources = new Set<string>();
  const kinds = new Set<string>();
  for (const { plural, singular, shortNames = [], kind, listKind } of of) {
    for (const name of [plural, singular, ...shortNames]) if (name) resources.add(name);
    for (const name of [kind, listKind]) if (name) kinds.add(name);
  }
  return { resources, kinds };
}
