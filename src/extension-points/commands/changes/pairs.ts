/** Takes arguments apart into resources and the `KEY=VALUE` or `KEY-` behind them. Throws with kubectl's words; `what` names the pairs: `label`. */
export function splitPairs(args: readonly string[], what: string): { readonly resources: readonly string[]; readonly pairs: readonly string[] } {
  const resources: string[] = [];
  const pairs: string[] = [];
  for (const word of args) {
    if (isPair(word)) pairs.push(word);
    else if (pairs.length === 0) resources.push(word);
    else throw new Error(`all resources must be specified before ${what} changes: ${word}`);
  }
  return { resources, pairs };
}

const isPair = (word: string): boolean => hasValue(word) || isRemoval(word);
const hasValue = (word: string): boolean => word.indexOf('=') > 0;
const isRemoval = (word: string): boolean => word.endsWith('-') && word !== '-';

export interface Pairs {
  readonly set: ReadonlyMap<string, string>;
  readonly remove: readonly string[];
}

/** Reads `KEY=VALUE` and, if it may be, `KEY-`. Throws `invalid WHAT format: …` with all that are neither. */
export function parsePairs(words: readonly string[], what: string, { mayRemove }: { readonly mayRemove: boolean }): Pairs {
  const set = new Map<string, string>();
  const remove: string[] = [];
  const invalid: string[] = [];
  for (const word of words) {
    if (hasValue(word)) set.set(word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1));
    else if (mayRemove && isRemoval(word)) remove.push(word.slice(0, -1));
    else invalid.push(word);
  }
  if (invalid.length > 0) throw new Error(`invalid ${what} format: ${invalid.join(', ')}`);
  return { set, remove };
}
