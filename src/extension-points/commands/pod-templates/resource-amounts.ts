import { canonicalQuantity, QuantityError } from '../../../api/quantity.ts';

/** Reads `cpu=100m,memory=1Gi`; nothing is undefined. Throws with kubectl's words. */
export function resourceAmounts(text: string): Record<string, string> | undefined {
  if (text === '') return undefined;
  const amounts: Record<string, string> = {};
  for (const part of text.split(',')) {
    const [name = '', amount = '', ...more] = part.split('=');
    if (!part.includes('=') || more.length > 0) throw new Error(`Invalid argument syntax ${part}, expected <resource>=<value>`);
    amounts[name] = quantityOf(amount);
  }
  return amounts;
}

function quantityOf(text: string): string {
  try {
    return canonicalQuantity(text);
  } catch (error) {
    if (error instanceof QuantityError) throw new Error(error.message, { cause: error });
    throw error;
  }
}
