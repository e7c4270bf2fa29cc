import { type LabelSet, maximumLabels } from './contract.ts';
import { fullLabelName, labelProblem } from './label-names.ts';

export interface HeldLabel {
  readonly value: string;
  /** Milliseconds since the epoch; undefined: until its source says otherwise. */
  readonly expiresAt: number | undefined;
}

/** Labels by their full names. */
export type HeldLabels = ReadonlyMap<string, HeldLabel>;

/** What of a set may go to a node, and what was said wrongly, as `name: why`. Throws when it is no set at all. A name with a domain counts before the same one without. */
export function readLabelSet(set: LabelSet): { readonly held: HeldLabels; readonly problems: readonly string[] } {
  // It may come from a module that nobody has checked.
  if (typeof set !== 'object' || set === null || typeof set.labels !== 'object' || set.labels === null)
    throw new Error('what it says is not { labels: { … } }');
  const expiries = new Map<string, unknown>(Object.entries(set.expiresAt ?? {}));
  const held = new Map<string, HeldLabel>();
  const problems: string[] = [];
  const entries = Object.entries(set.labels);
  for (const [name, value] of entries.slice(0, maximumLabels)) {
    const problem = labelProblem(name, value);
    const full = fullLabelName(name);
    const expiresAt = expiries.get(name);
    if (problem !== undefined) problems.push(`${name}: ${problem}`);
    else if (!isTime(expiresAt)) problems.push(`${name}: its expiry is not a time`);
    else if (full === name || !Object.hasOwn(set.labels, full)) held.set(full, { value, expiresAt });
  }
  if (entries.length > maximumLabels) problems.push(`${entries.length} labels are more than ${maximumLabels}: the last ones are left out`);
  return { held, problems };
}

/** The last moment that a date can tell, in milliseconds since the epoch. */
const lastTime = 8.64e15;
const isTime = (value: unknown): value is number | undefined => value === undefined || (typeof value === 'number' && Math.abs(value) <= lastTime);
