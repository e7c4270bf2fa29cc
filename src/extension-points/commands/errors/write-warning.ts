import type { Output } from '../contract.ts';

/** `Warning: TEXT`, in yellow where colours are wanted. */
export const writeWarning = (output: Output, text: string): void =>
  output.write(output.hasColours ? `\u001b[33;1mWarning:\u001b[0m ${text}\n` : `Warning: ${text}\n`);
