import type { UntypedObject } from '../../../api/object.ts';

/** Fields that the two forms of an event call by different names: core's first. */
const renamed: readonly (readonly [core: string, events: string])[] = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
  ['reportingComponent', 'reportingController'],
];

/** Gives an event of either group the form of core/v1. The draft is changed and answered. */
export const toCoreEvent = (draft: UntypedObject): UntypedObject =>
  rename(
    draft,
    renamed.map(([core, events]) => [events, core]),
    'v1',
  );

/** Gives an event of either group the form of events.k8s.io/v1. The draft is changed and answered. */
export const toGroupEvent = (draft: UntypedObject): UntypedObject => rename(draft, renamed, 'events.k8s.io/v1');

function rename(draft: UntypedObject, names: readonly (readonly [string, string])[], apiVersion: string): UntypedObject {
  if (draft.apiVersion === apiVersion) return draft;
  for (const [from, to] of names) {
    const value = draft[from];
    if (value === undefined) continue;
    draft[to] = value;
    delete draft[from];
  }
  draft.apiVersion = apiVersion;
  return draft;
}
