import type { CustomResourceDefinition, CustomResourceDefinitionNames } from '../../../api/generated/apiextensions-v1.ts';
import type { BuiltInHooks } from '../define.ts';
import { type NameRegistry, nameRegistryService } from './accepted-names.ts';
import { beginTermination, settleStatus } from './conditions.ts';

/** What the server owns of CustomResourceDefinition objects: their status, and how they end. The answer to a create tells already that the resource is served. */
export const definitionStrategy: Pick<
  BuiltInHooks<CustomResourceDefinition>,
  'prepareForCreate' | 'prepareForUpdate' | 'beginDelete' | 'beforeCommit' | 'ownsStatus'
> = {
  prepareForCreate(draft) {
    const stored = draft.spec?.versions?.filter((version) => version.storage).map((version) => version.name ?? '') ?? [];
    draft.status = { conditions: [], acceptedNames: { plural: '', kind: '' }, storedVersions: stored };
  },
  prepareForUpdate(draft, old) {
    const storage = draft.spec?.versions?.find((version) => version.storage)?.name;
    const known = old.status?.storedVersions ?? [];
    if (storage && !known.includes(storage)) draft.status = { ...draft.status, storedVersions: [...known, storage] };
  },
  // Its objects go before it does.
  beginDelete: (draft, { nowMs }) => beginTermination(draft, new Date(nowMs)),
  ownsStatus: true,
  beforeCommit(draft, _old, { key, nowMs, dryRun }, services) {
    const registry = services.service<NameRegistry>(nameRegistryService);
    const group = draft.spec?.group ?? '';
    settleStatus(draft, registry.takenBesides(group, key.name), new Date(nowMs));
    if (!dryRun) registry.reserve(group, key.name, draft.status?.acceptedNames as CustomResourceDefinitionNames);
  },
};
