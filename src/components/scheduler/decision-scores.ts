import type { NodeScoreRecord, NodeScores } from '../../extension-points/scheduling/decision.ts';

/** How many nodes are kept with all their scores. */
export interface ScoreLimits {
  /** So many feasible nodes are all kept. */
  readonly all: number;
  /** Of more, so many. */
  readonly best: number;
}

export const defaultScoreLimits: ScoreLimits = { all: 50, best: 20 };

type Plugins = NodeScores['plugins'];

/** The scores of the best nodes, in columns: as objects they would take ten times the room. */
export class KeptScores {
  readonly count: number;
  readonly tiedCount: number;
  readonly #plugins: Plugins;
  readonly #names: readonly string[];
  readonly #totals: Float64Array;
  /** By plugin, then node. */
  readonly #normalized: Uint8Array | Float64Array;
  /** The same where they are not equal. */
  readonly #raw: Int32Array | Float64Array | undefined;

  constructor(scores: NodeScores, chosen: number, plugins: Plugins, limits: ScoreLimits = defaultScoreLimits) {
    const { indexes, tiedCount } = ranking(scores, chosen, scores.count <= limits.all ? scores.count : limits.best);
    this.count = scores.count;
    this.tiedCount = tiedCount;
    this.#plugins = plugins;
    this.#names = indexes.map((index) => scores.nameOf(index));
    this.#totals = new Float64Array(indexes.length);
    for (let position = 0; position < indexes.length; position++) this.#totals[position] = scores.totalOf(indexes[position]!);
    const { normalized, raw } = columns(scores, indexes);
    this.#normalized = normalized;
    this.#raw = raw;
  }

  get bytes(): number {
    return 200 + 8 * this.#names.length + this.#totals.byteLength + this.#normalized.byteLength + (this.#raw?.byteLength ?? 0);
  }

  /** The chosen node first, then by total. */
  records(): NodeScoreRecord[] {
    const count = this.#names.length;
    return this.#names.map((nodeName, position) => ({
      nodeName,
      total: this.#totals[position]!,
      plugins: this.#plugins.map(({ name, weight }, plugin) => {
        const normalized = this.#normalized[plugin * count + position]!;
        return { name, raw: this.#raw?.[plugin * count + position] ?? normalized, normalized, weight, weighted: normalized * weight };
      }),
    }));
  }
}

/** In the smallest form that holds them. */
function columns(scores: NodeScores, indexes: readonly number[]): { normalized: Uint8Array | Float64Array; raw: Int32Array | Float64Array | undefined } {
  const length = scores.plugins.length * indexes.length;
  const [normalized, raw] = [new Float64Array(length), new Float64Array(length)];
  let [isSmall, isWhole, isEqual] = [true, true, true];
  let position = 0;
  for (let plugin = 0; plugin < scores.plugins.length; plugin++) {
    for (const index of indexes) {
      const [ofHundred, given] = [scores.normalizedOf(plugin, index), scores.rawOf(plugin, index)];
      normalized[position] = ofHundred;
      raw[position++] = given;
      if (ofHundred !== (ofHundred & 255)) isSmall = false;
      if (given !== (given | 0)) isWhole = false;
      if (given !== ofHundred) isEqual = false;
    }
  }
  return { normalized: isSmall ? new Uint8Array(normalized) : normalized, raw: isEqual ? undefined : isWhole ? new Int32Array(raw) : raw };
}

/** The chosen one and the best others, best first, `limit` in all. */
function ranking(scores: NodeScores, chosen: number, limit: number): { indexes: number[]; tiedCount: number } {
  const best = scores.best?.(limit) ?? bestOf(scores, limit);
  const others = Array.from(best).filter((index) => index !== chosen);
  const highest = scores.totalOf(best.length > 0 ? best[0]! : chosen);
  return { indexes: [chosen, ...others].slice(0, Math.max(1, limit)), tiedCount: scores.tiedCount ?? countOf(scores, highest) };
}

function countOf(scores: NodeScores, total: number): number {
  let count = 0;
  for (let index = 0; index < scores.count; index++) if (scores.totalOf(index) === total) count++;
  return count;
}

/** Keeps the best in order while looking at each once; of equal ones the first. */
function bestOf(scores: NodeScores, limit: number): number[] {
  const best: number[] = [];
  const totals: number[] = [];
  for (let index = 0; index < scores.count; index++) {
    const total = scores.totalOf(index);
    if (best.length === limit && total <= totals[limit - 1]!) continue;
    let place = best.length;
    while (place > 0 && totals[place - 1]! < total) place--;
    best.splice(place, 0, index);
    totals.splice(place, 0, total);
    if (best.length > limit) {
      best.pop();
      totals.pop();
    }
  }
  return best;
}
