import type { Taint } from '../../../api/generated/core-v1.ts';
import { labelValueProblems, qualifiedNameProblems } from '../../../api/names.ts';

export interface TaintChange {
  readonly add: readonly Taint[];
  /** Without an effect: every taint of the key. */
  readonly remove: readonly { readonly key: string; readonly effect: string }[];
}

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** Reads `KEY=VALUE:EFFECT`, `KEY:EFFECT`, and with a dash behind what is to go. Throws with kubectl's words. */
export function parseTaints(words: readonly string[]): TaintChange {
  const add: Taint[] = [];
  const remove: { key: string; effect: string }[] = [];
  for (const word of words) {
    if (word.endsWith('-')) {
      const { key, effect } = parseTaint(word.slice(0, -1));
      remove.push({ key, effect });
      continue;
    }
    const { key, value, effect } = parseTaint(word);
    if (effect === '') throw new Error(`invalid taint spec: ${word}`);
    if (add.some((taint) => taint.key === key && taint.effect === effect))
      throw new Error(`duplicated taints with the same key and effect: {${key} ${value} ${effect} <nil>}`);
    add.push({ key, ...(value === '' ? {} : { value }), effect: effect as Taint['effect'] });
  }
  return { add, remove };
}

function parseTaint(text: string): { key: string; value: string; effect: string } {
  const [pair = '', effect = '', ...more] = text.split(':');
  const problem = (problems: readonly string[]): Error => new Error(`invalid taint spec: ${[text, problems.join('; ')].filter(Boolean).join(', ')}`);
  if (more.length > 0) throw problem([]);
  let key = pair;
  let value = '';
  if (text.includes(':')) {
    if (!effects.includes(effect)) throw new Error(`invalid taint effect: ${effect}, unsupported taint effect`);
    const parts = pair.split('=');
    if (parts.length > 2) throw problem([]);
    [key = '', value = ''] = parts;
    const problems = labelValueProblems(value);
    if (problems.length > 0) throw problem(problems);
  }
  const problems = qualifiedNameProblems(key);
  if (problems.length > 0) throw problem(problems);
  return { key, value, effect };
}

/** Throws for taints that are to be set and taken away at once. */
export function refuseContradictions({ add, remove }: TaintChange): void {
  const both = add.flatMap((taint) => remove.filter(({ key, effect }) => key === taint.key && (effect === '' || effect === taint.effect)));
  if (both.length === 0) return;
  const list = both.map(({ key, effect }) => `${key}=${effect}`).join(', ');
  throw new Error(`can not both modify and remove the following taint(s) in the same command: ${list}`);
}
