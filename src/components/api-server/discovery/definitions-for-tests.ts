/** Definitions of the built-in resources, made from the catalogue alone: enough for documents about resources. For tests. */
import { builtInSchemas, kindSchema } from '../../../api/built-in-schemas.ts';
import type { CatalogueEntry } from '../../../api/catalogue.ts';
import { catalogue } from '../../../api/catalogue.ts';
import type { ResourceDefinition, Subresource } from '../../../extension-points/resources/contract.ts';

export function catalogueDefinitions(): ResourceDefinition[] {
  const definitions = new Map<string, ResourceDefinition>();
  for (const entry of catalogue) {
    const key = `${entry.group}/${entry.resource}`;
    const known = definitions.get(key);
    const version = { name: entry.version, served: true, schema: kindSchema(entry)! };
    definitions.set(key, known ? { ...known, versions: [...known.versions, version] } : definitionOf(entry, version));
  }
  return [...definitions.values()];
}

function definitionOf(entry: CatalogueEntry, version: ResourceDefinition['versions'][number]): ResourceDefinition {
  const { group, resource, singular, kind, namespaced, shortNames, categories, verbs } = entry;
  return {
    group,
    resource,
    singular,
    kind,
    namespaced,
    shortNames,
    categories,
    verbs,
    versions: [version],
    storageVersion: entry.version,
    schemas: builtInSchemas,
    subresources: Object.fromEntries(entry.subresources.map((name) => [name, subresourceOf(name)])),
  };
}

function subresourceOf(name: string): Subresource {
  const creates = createdKinds[name];
  if (creates) return { kind: 'create', bodyKind: creates, create: (_parent, draft) => Promise.resolve(draft) };
  if (name === 'scale') return { kind: 'scale', specReplicasPath: ['spec', 'replicas'], statusReplicasPath: ['status', 'replicas'], selector: () => '' };
  if (name === 'log') return { kind: 'connect', verbs: ['get'] };
  if (name === 'proxy') return { kind: 'connect', verbs: ['get', 'post', 'put', 'delete', 'patch', 'options', 'head'] };
  if (name === 'exec' || name === 'attach' || name === 'portforward') return { kind: 'connect', verbs: ['get', 'post'] };
  return { kind: 'update', prepareForUpdate: () => undefined };
}

const createdKinds: Readonly<Record<string, { group: string; version: string; kind: string }>> = {
  binding: { group: '', version: 'v1', kind: 'Binding' },
  eviction: { group: 'policy', version: 'v1', kind: 'Eviction' },
  token: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
};
