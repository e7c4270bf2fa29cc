/** `--validate`: what to do about fields that a type does not have, and fields given twice. */
export const validateFlag = {
  type: 'string',
  default: 'strict',
  bareValue: 'strict',
  description: "Unknown and duplicate fields: 'strict' (or true) refuses them, 'warn' warns of them, 'ignore' (or false) drops them.",
} as const;

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

/** Reads `--validate`. Throws with kubectl's words. */
export function fieldValidationOf(text: string): FieldValidation {
  if (['strict', '1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return 'Strict';
  if (['ignore', '0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return 'Ignore';
  if (text === 'warn') return 'Warn';
  throw new Error(`invalid - validate option ${JSON.stringify(text)}; must be one of: strict (or true), warn, ignore (or false)`);
}
