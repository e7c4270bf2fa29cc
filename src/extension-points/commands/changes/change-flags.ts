import type { FlagTable } from '../contract.ts';

/** `--field-manager` of a verb. */
export const fieldManagerFlag = (name: string) =>
  ({
    'field-manager': { type: 'string', default: name, description: 'The name under which the server keeps account of the fields that are changed.' },
  }) as const satisfies FlagTable;

/** `--validate`: what the server does about fields that it does not know. */
export const validateFlag = {
  validate: {
    type: 'string',
    default: 'strict',
    bareValue: 'strict',
    description: "What to do about unknown and duplicate fields: 'strict' (or true) refuses, 'warn' tells, 'ignore' (or false) takes no notice.",
  },
} as const satisfies FlagTable;

/** `--save-config`: what it does is in last-applied/. */
export const saveConfigFlag = {
  'save-config': {
    type: 'boolean',
    description: 'Keep what is sent in an annotation of the object, so that it can be changed with apply later.',
  },
} as const satisfies FlagTable;

const directives: Readonly<Record<string, string>> = { strict: 'Strict', warn: 'Warn', ignore: 'Ignore' };

/** Reads `--validate` as the API's `fieldValidation`. Throws with kubectl's words. */
export function fieldValidationOf(text: string): string {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return 'Strict';
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return 'Ignore';
  const directive = Object.hasOwn(directives, text) ? directives[text] : undefined;
  if (directive === undefined) throw new Error(`invalid - validate option ${JSON.stringify(text)}; must be one of: strict (or true), warn, ignore (or false)`);
  return directive;
}

/** Throws for flags of `names` (sorted) that were not given, in cobra's words. */
export function requireFlags(context: { isSet(flag: string): boolean }, names: readonly string[]): void {
  const missing = names.filter((name) => !context.isSet(name));
  if (missing.length > 0) throw new Error(`required flag(s) ${missing.map((name) => `"${name}"`).join(', ')} not set`);
}
