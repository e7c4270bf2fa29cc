import type { Status } from '../../extension-points/scheduling/contract.ts';
import type { NodeRefusal, NodeVerdicts } from '../../extension-points/scheduling/decision.ts';
import type { Share } from '../../kernel/bounded-records.ts';

/** How much of the verdicts is kept. */
export interface RefusalLimits {
  /** Clusters of up to this many nodes are kept node by node. */
  readonly smallCluster: number;
  /** In larger ones: nodes named per entry. */
  readonly examples: number;
  /** Entries: a plugin may have words of its own for every node. */
  readonly entries: number;
}

export const defaultRefusalLimits: RefusalLimits = { smallCluster: 500, examples: 20, entries: 64 };

/** The verdicts of one attempt, as far as they are kept; attempts with the same hold one of these together. */
export interface Refusals extends Share {
  readonly total: number;
  readonly evaluated: number;
  readonly feasible: number;
  readonly entries: readonly NodeRefusal[];
  readonly entryCount: number;
}

export const noRefusals: Refusals = { bytes: 0, total: 0, evaluated: 0, feasible: 0, entries: [], entryCount: 0 };

interface Group {
  readonly status: Status;
  count: number;
  readonly nodeNames: string[];
}

const longestReason = 500;
const reasonsPerEntry = 20;
/** Remembered to be compared with: schedulers take turns between few classes of pods. */
const comparedWith = 4;

/** Copies verdicts, compactly; verdicts that are equal to some of the last ones are those. */
export class RefusalKeeper {
  readonly #limits: RefusalLimits;
  readonly #known = new WeakMap<object, Refusals>();
  #recent: readonly Refusals[] = [];

  constructor(limits: RefusalLimits = defaultRefusalLimits) {
    this.#limits = limits;
  }

  keep(verdicts: NodeVerdicts): Refusals {
    const { identity } = verdicts;
    const known = identity && this.#known.get(identity);
    if (known) return known;
    const read = this.#read(verdicts);
    const refusals = this.#recent.find((other) => isSame(other, read)) ?? read;
    if (refusals === read) this.#recent = [read, ...this.#recent.slice(0, comparedWith - 1)];
    if (identity) this.#known.set(identity, refusals);
    return refusals;
  }

  #read(verdicts: NodeVerdicts): Refusals {
    const { nodeCount, feasibleCount } = verdicts;
    const named = nodeCount <= this.#limits.smallCluster ? nodeCount : this.#limits.examples;
    const counted = verdicts.refusals ? countedGroups(verdicts, verdicts.refusals, named) : lookAtAll(verdicts, named);
    const groups = counted.groups.sort((left, right) => right.count - left.count);
    const entries = groups.slice(0, this.#limits.entries).map(entryOf);
    const bytes = 80 + entries.reduce((sum, entry) => sum + bytesOf(entry), 0);
    return { bytes, total: nodeCount, evaluated: counted.evaluated, feasible: feasibleCount, entries, entryCount: groups.length };
  }
}

interface Groups {
  readonly groups: Group[];
  readonly evaluated: number;
}

function countedGroups(verdicts: NodeVerdicts, refusals: NonNullable<NodeVerdicts['refusals']>, named: number): Groups {
  let refused = 0;
  const groups = refusals
    .filter(({ count }) => count > 0)
    .map(({ status, count, nodeAt }) => {
      refused += count;
      return { status, count, nodeNames: Array.from({ length: Math.min(count, named) }, (_, position) => verdicts.nameOf(nodeAt(position))) };
    });
  return { groups, evaluated: verdicts.evaluatedCount ?? verdicts.feasibleCount + refused };
}

function lookAtAll(verdicts: NodeVerdicts, named: number): Groups {
  if (verdicts.feasibleCount === verdicts.nodeCount) return { groups: [], evaluated: verdicts.nodeCount };
  const byStatus = new Map<Status, Group>();
  const byText = new Map<string, Group>();
  let evaluated = 0;
  // Neighbours are mostly refused alike.
  let status: Status | undefined;
  let group: Group | undefined;
  for (let index = 0; index < verdicts.nodeCount; index++) {
    const next = verdicts.statusOf(index);
    if (!next) continue;
    evaluated++;
    if (next.code === 'success') continue;
    if (next !== status) {
      status = next;
      group = byStatus.get(next) ?? groupOf(next, { byStatus, byText });
    }
    group!.count++;
    if (group!.nodeNames.length < named) group!.nodeNames.push(verdicts.nameOf(index));
  }
  return { groups: [...byText.values()], evaluated };
}

function groupOf(status: Status, { byStatus, byText }: { byStatus: Map<Status, Group>; byText: Map<string, Group> }): Group {
  const text = textOf(status);
  const group = byText.get(text) ?? { status, count: 0, nodeNames: [] };
  byText.set(text, group);
  byStatus.set(status, group);
  return group;
}

const textOf = ({ plugin = '', code, reasons, detail = '' }: Status): string =>
  reasons.length === 1 ? `${plugin}\n${code}\n${reasons[0]}\n${detail}` : [plugin, code, ...reasons, detail].join('\n');

const shortened = (text: string): string => (text.length > longestReason ? `${text.slice(0, longestReason)}…` : text);

const entryOf = ({ status: { plugin, code, reasons, detail }, count, nodeNames }: Group): NodeRefusal => ({
  ...(plugin === undefined ? {} : { plugin }),
  code,
  reasons: reasons.slice(0, reasonsPerEntry).map(shortened),
  ...(detail === undefined ? {} : { detail: shortened(detail) }),
  count,
  nodeNames,
});

const bytesOf = ({ reasons, nodeNames, detail = '' }: NodeRefusal): number =>
  120 + detail.length + 8 * nodeNames.length + reasons.reduce((sum, reason) => sum + 40 + reason.length, 0);

function isSame(left: Refusals, right: Refusals): boolean {
  if (left.total !== right.total || left.evaluated !== right.evaluated || left.feasible !== right.feasible || left.entryCount !== right.entryCount)
    return false;
  return left.entries.every((entry, index) => isSameEntry(entry, right.entries[index]!));
}

const isSameEntry = (left: NodeRefusal, right: NodeRefusal): boolean =>
  left.count === right.count &&
  left.plugin === right.plugin &&
  left.code === right.code &&
  left.detail === right.detail &&
  isSameList(left.reasons, right.reasons) &&
  isSameList(left.nodeNames, right.nodeNames);

const isSameList = (left: readonly string[], right: readonly string[]): boolean =>
  left.length === right.length && left.every((value, index) => value === right[index]);
