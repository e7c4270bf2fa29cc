import type { Node } from '../../../api/generated/core-v1.ts';
import { featureDomain } from '../../../extension-points/node-labels/contract.ts';
import type { HeldLabels } from '../../../extension-points/node-labels/held-labels.ts';
import { fullLabelName, labelProblem } from '../../../extension-points/node-labels/label-names.ts';
import type { SourcedLabel } from '../../../extension-points/node-labels/run.ts';

/** Says which labels of a Node are the agent's, so that no other is ever touched: JSON with the labels of each source, and when they expire. */
export const recordAnnotation = 'wherry.dev/node-labels';

/** Names of labels by source, each with its expiry as RFC 3339, or '' for none. Names in `feature.node.kubernetes.io` are without their domain. */
type Recorded = Record<string, Record<string, string>>;

/** The text of the record; undefined when there is nothing to record. The same labels have the same text. */
export function formatRecord(labels: ReadonlyMap<string, SourcedLabel>): string | undefined {
  if (labels.size === 0) return undefined;
  const recorded: Recorded = {};
  for (const [name, { source, expiresAt }] of [...labels].sort(([left], [right]) => (left < right ? -1 : 1))) {
    const short = name.startsWith(`${featureDomain}/`) ? name.slice(featureDomain.length + 1) : name;
    (recorded[source] ??= {})[short] = expiresAt === undefined ? '' : new Date(expiresAt).toISOString();
  }
  return JSON.stringify(recorded);
}

/** The agent's labels on a Node, by source, with the values they have now. A record that makes no sense counts as none: what is on the Node then stays there. */
export function recordOf(node: Node): ReadonlyMap<string, HeldLabels> {
  const text = node.metadata.annotations?.[recordAnnotation];
  const labels = node.metadata.labels ?? {};
  const record = new Map<string, HeldLabels>();
  for (const [source, names] of entriesOf(text === undefined ? undefined : parsed(text))) {
    const held = new Map<string, { value: string; expiresAt: number | undefined }>();
    for (const [short, expiry] of entriesOf(names)) {
      const name = fullLabelName(short);
      const value = labels[name] ?? '';
      // Anybody may have written the record: what no source may set is not the agent's.
      if (labelProblem(name, value) === undefined) held.set(name, { value, expiresAt: timeOf(expiry) });
    }
    record.set(source, held);
  }
  return record;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // it is no record
  }
}

const entriesOf = (value: unknown): [string, unknown][] => (typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : []);

function timeOf(expiry: unknown): number | undefined {
  const time = typeof expiry === 'string' ? Date.parse(expiry) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
