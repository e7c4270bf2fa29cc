/** `'...'.format([...])` where both are literals: the clauses must fit the values (cel-go's string format validator). */
import type { Call, Expression } from './ast.ts';
import type { Checked } from './compile.ts';
import type { Problem } from './issues.ts';
import type { TypeKind } from './types.ts';

interface Rule {
  readonly kinds: readonly TypeKind[];
  readonly complaint: string;
}

const number: readonly TypeKind[] = ['int', 'uint'];
const text: readonly TypeKind[] = ['list', 'map', 'int', 'uint', 'double', 'bool', 'string', 'timestamp', 'bytes', 'duration', 'type', 'null'];
const hexadecimal: Rule = { kinds: [...number, 'string', 'bytes'], complaint: 'only integers, byte buffers, and strings can be formatted as hex' };

const rules: Readonly<Record<string, Rule>> = {
  s: { kinds: text, complaint: 'string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps' },
  d: { kinds: number, complaint: 'decimal clause can only be used on integers' },
  f: { kinds: ['double', 'string'], complaint: 'fixed-point clause can only be used on doubles' },
  e: { kinds: ['double', 'string'], complaint: 'scientific clause can only be used on doubles' },
  b: { kinds: [...number, 'bool'], complaint: 'only integers and bools can be formatted as binary' },
  x: hexadecimal,
  X: hexadecimal,
  o: { kinds: number, complaint: 'octal clause can only be used on integers' },
};

export function formatProblem(checked: Checked, call: Call): Problem | undefined {
  const [values] = call.arguments;
  const { target } = call;
  if (call.name !== 'format' || target?.kind !== 'literal' || typeof target.value !== 'string' || values?.kind !== 'list') return undefined;
  const at = (message: string, { offset }: { readonly offset: number } = call): Problem => ({ message, offset });
  const clauses = [...target.value.matchAll(/%(?:%|(\.\d*)?([\s\S])?)/g)].filter(([clause]) => clause !== '%%');
  for (const [index, clause] of clauses.entries()) {
    const value = values.elements[index];
    if (!value) return at(`index ${index} out of range`);
    const problem = clauseProblem(checked, clause, value);
    if (problem) return at(problem.message, problem.value ?? call);
  }
  const [given, wanted] = [values.elements.length, clauses.length];
  return given > wanted ? at(`too many arguments supplied to string.format (expected ${wanted}, got ${given})`) : undefined;
}

function clauseProblem(
  checked: Checked,
  [, precision, letter]: readonly (string | undefined)[],
  value: Expression,
): { message: string; value?: Expression } | undefined {
  const unreadable = (reason: string) => ({ message: `could not parse formatting clause: ${reason}` });
  if (letter === undefined) {
    return precision === undefined
      ? { message: 'unexpected end of string' }
      : unreadable('error while parsing precision: could not find end of precision specifier');
  }
  if (precision === '.') {
    return unreadable('error while parsing precision: error while converting precision to integer: strconv.Atoi: parsing "": invalid syntax');
  }
  const rule = Object.hasOwn(rules, letter) ? rules[letter] : undefined;
  if (!rule) return unreadable(`unrecognized formatting clause "${letter}"`);
  const misfit = findMisfit(checked, value, rule);
  return misfit && { message: `error during formatting: ${rule.complaint}, was given ${checked.typeOf(misfit).name}`, value: misfit };
}

/** The value, or for `%s` what is inside a literal, that the clause cannot write. */
function findMisfit(checked: Checked, value: Expression, rule: Rule): Expression | undefined {
  const { kind } = checked.typeOf(value);
  if (kind !== 'dyn' && !rule.kinds.includes(kind)) return value;
  if (rule.kinds !== text) return undefined;
  const parts = value.kind === 'list' ? value.elements : value.kind === 'map' ? value.entries.flatMap((entry) => [entry.key, entry.value]) : [];
  for (const part of parts) {
    const misfit = findMisfit(checked, part, rule);
    if (misfit) return misfit;
  }
  return undefined;
}
