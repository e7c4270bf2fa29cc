const truths = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const falsehoods = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

/** A switch among policy options, as Go reads it. Throws as upstream words it. */
export function booleanOption(name: string, value: string): boolean {
  if (truths.has(value)) return true;
  if (falsehoods.has(value)) return false;
  throw new Error(`bad value for option ${JSON.stringify(name)}: strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`);
}
