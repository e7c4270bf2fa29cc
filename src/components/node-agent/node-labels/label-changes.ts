import type { Node } from '../../../api/generated/core-v1.ts';
import type { SourcedLabel } from '../../../extension-points/node-labels/run.ts';
import { formatRecord, recordAnnotation, recordOf } from './label-record.ts';

export interface LabelChanges {
  /** A merge patch of the Node, for exactly this version of it; undefined when all is as it should be. */
  readonly patch: object | undefined;
  /** Labels that somebody else has set to another value: they stay. */
  readonly taken: readonly string[];
}

/** What makes a Node have the wanted labels. Only labels that the record calls the agent's are changed or removed; the record changes with them. */
export function labelChanges(node: Node, wanted: ReadonlyMap<string, SourcedLabel>): LabelChanges {
  const { labels = {}, annotations = {}, resourceVersion } = node.metadata;
  const own = new Set([...recordOf(node).values()].flatMap((held) => [...held.keys()]));
  const changed: Record<string, string | null> = {};
  const recorded = new Map<string, SourcedLabel>();
  const taken: string[] = [];
  for (const [name, label] of wanted) {
    const current = Object.hasOwn(labels, name) ? labels[name] : undefined;
    if (current !== undefined && !own.has(name)) {
      if (current !== label.value) taken.push(name);
      continue;
    }
    recorded.set(name, label);
    if (current !== label.value) changed[name] = label.value;
  }
  for (const name of own) if (!wanted.has(name) && Object.hasOwn(labels, name)) changed[name] = null;
  const record = formatRecord(recorded);
  if (Object.keys(changed).length === 0 && record === annotations[recordAnnotation]) return { patch: undefined, taken };
  return { patch: { metadata: { resourceVersion, labels: changed, annotations: { [recordAnnotation]: record ?? null } } }, taken };
}
