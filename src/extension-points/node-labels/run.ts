import type { Clock } from '../../kernel/clock.ts';
import type { Extension, ExtensionPoint } from '../../kernel/extension-point.ts';
import type { Log } from '../../kernel/log.ts';
import { type LabelledNode, maximumLabels, type NodeLabelSource } from './contract.ts';
import { FollowedSource } from './followed-source.ts';
import type { HeldLabel, HeldLabels } from './held-labels.ts';

export interface NodeLabelsOptions {
  readonly point: ExtensionPoint<NodeLabelSource>;
  readonly node: LabelledNode;
  readonly clock: Clock;
  readonly log: Log;
  /** What the sources say may have changed. */
  readonly onChange: () => void;
}

/** A label, and the source it comes from. */
export interface SourcedLabel extends HeldLabel {
  readonly source: string;
}

/** A timer of many days is set anew every hour. */
const longestWaitMs = 3_600_000;

/** The labels that all sources want on one node, merged: where several have the same label, the source that is first in order has its way. */
export class NodeLabels implements AsyncDisposable {
  readonly #options: NodeLabelsOptions;
  #sources: FollowedSource[] = [];
  readonly #ending = new Set<Promise<void>>();
  #remembered: ReadonlyMap<string, HeldLabels> = new Map();
  #expiry: Disposable | undefined;
  /** Which quarrels were told of. */
  #told = new Set<string>();
  #isClosed = false;

  /** Nobody is asked before `refresh` is called. */
  constructor(options: NodeLabelsOptions) {
    this.#options = options;
  }

  /** What each source said before a restart: it holds until the source speaks, or is gone. */
  remember(labels: ReadonlyMap<string, HeldLabels>): void {
    this.#remembered = labels;
    for (const source of this.#sources) {
      const held = labels.get(source.extension.name);
      if (held) source.remember(held);
    }
  }

  /** Asks the sources that are on the roster now, and no others. A source that takes the place of one of its name has that one's labels until it speaks. */
  refresh(): void {
    if (this.#isClosed) return;
    const { point, node, clock, log, onChange } = this.#options;
    const old = new Map(this.#sources.map((source) => [source.extension.name, source]));
    this.#sources = inOrder([...point], [...old.keys()]).flatMap((extension) => {
      const before = old.get(extension.name);
      if (before?.extension === extension) return [before];
      // A module that was loaded may have forgotten it.
      if (typeof extension.implementation.labels !== 'function') {
        log.error('a source of node labels is left out: it has no method labels', { source: extension.name });
        return [];
      }
      const held = before ? before.held : this.#remembered.get(extension.name);
      return [new FollowedSource({ point, extension, node, clock, log, onChange }, held)];
    });
    for (const source of old.values()) if (!this.#sources.includes(source)) this.#end(source);
    onChange();
  }

  /** By full name. What has expired is not in it; `onChange` is called when that is so of another. */
  current(): ReadonlyMap<string, SourcedLabel> {
    const now = this.#options.clock.now();
    const merged = new Map<string, SourcedLabel>();
    let nextExpiry = Number.POSITIVE_INFINITY;
    for (const { extension, held = new Map<string, HeldLabel>() } of this.#sources) {
      for (const [name, label] of held) {
        if (label.expiresAt !== undefined && label.expiresAt <= now) continue;
        nextExpiry = Math.min(nextExpiry, label.expiresAt ?? nextExpiry);
        const winner = merged.get(name);
        if (winner) this.#tellOfQuarrel(name, winner, { ...label, source: extension.name });
        else if (merged.size < maximumLabels) merged.set(name, { ...label, source: extension.name });
        else this.#tellOnce('', 'a node has more labels than it may: the last ones are left out', { most: maximumLabels });
      }
    }
    this.#expiry?.[Symbol.dispose]();
    if (nextExpiry < Number.POSITIVE_INFINITY && !this.#isClosed)
      this.#expiry = this.#options.clock.after(Math.min(nextExpiry - now, longestWaitMs), this.#options.onChange);
    return merged;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#expiry?.[Symbol.dispose]();
    for (const source of this.#sources.splice(0)) this.#end(source);
    await Promise.all(this.#ending);
  }

  #end(source: FollowedSource): void {
    const ending = source[Symbol.asyncDispose]().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  #tellOfQuarrel(label: string, winner: SourcedLabel, loser: SourcedLabel): void {
    if (winner.value === loser.value) return;
    const fields = { label, used: `${winner.source}: ${winner.value}`, leftOut: `${loser.source}: ${loser.value}` };
    this.#tellOnce(`${label} ${winner.source} ${loser.source}`, 'two sources want different values of a label; the first has its way', fields);
  }

  #tellOnce(about: string, message: string, fields: Record<string, unknown>): void {
    if (this.#told.has(about)) return;
    if (this.#told.size > 4 * maximumLabels) this.#told.clear(); // bounded, at the price of a line that is said twice
    this.#told.add(about);
    this.#options.log.warn(message, { node: this.#options.node.name, ...fields });
  }
}

/** What people add comes before what is built in. A source that was loaded again, and so is the last of the roster, stays where it was. */
function inOrder(sources: readonly Extension<NodeLabelSource>[], before: readonly string[]): Extension<NodeLabelSource>[] {
  const placeOf = ({ name }: Extension<NodeLabelSource>): number => (before.includes(name) ? before.indexOf(name) : before.length);
  const isBuiltIn = ({ origin }: Extension<NodeLabelSource>): number => Number(origin === 'built-in');
  return [...sources].sort((left, right) => isBuiltIn(left) - isBuiltIn(right) || placeOf(left) - placeOf(right));
}
