/** A number where the text is one that 32 bits hold, else the text. */
export function integerOrText(text: string): number | string {
  const value = /^[-+]?\d+$/.test(text) ? Number(text) : Number.NaN;
  return Math.abs(value) < 2 ** 31 ? value : text;
}
