/** The key of a user's extra field as a header's name carries it, percent-encoded. One that is no percent-encoding stands for itself, as upstream has it. */
export function extraKeyOf(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
