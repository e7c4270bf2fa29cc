import type { Node } from '../../api/generated/core-v1.ts';

/** The node's value of a label, which for a topology key is the domain it is in. Absent and empty are told apart. */
export function labelOf({ metadata: { labels } }: Node, key: string): string | undefined {
  return labels && Object.hasOwn(labels, key) ? labels[key] : undefined;
}
