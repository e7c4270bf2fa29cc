/** Numbers as Go sees and writes them: upstream's messages carry them, and its checks depend on which JSON numbers are integers. */

/** Go's `%v` of a float64: the shortest digits, with an exponent from 1e+06 on and below 1e-04. */
export function floatText(amount: number): string {
  const [digits = '', exponentText = '0'] = amount.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 6) return plainText(amount);
  const size = String(Math.abs(exponent)).padStart(2, '0');
  return `${digits}e${exponent < 0 ? '-' : '+'}${size}`;
}

/** Without an exponent. */
function plainText(amount: number): string {
  const text = String(amount);
  return text.includes('e') ? amount.toFixed(20).replace(/0+$/, '') : text;
}

const int64End = 2 ** 63;
const largestExactInteger = 2 ** 53 - 1;
const tolerance = 1e-9;

/** Whether Go's JSON decoder reads the number as an int64; others are float64. */
export const isInt64 = (amount: number): boolean => Number.isInteger(amount) && amount >= -int64End && amount < int64End;

/** Whether a float counts as a whole number (`swag.IsFloat64AJSONInteger`): what rounding has left beside one does, too. */
export function isWhole(amount: number): boolean {
  if (!Number.isFinite(amount) || Math.abs(amount) > largestExactInteger) return false;
  if (Number.isInteger(amount)) return true;
  if (amount < 0) return false;
  const whole = Math.trunc(amount);
  return (amount - whole) / (amount + whole) < tolerance;
}
