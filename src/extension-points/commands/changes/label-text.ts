/** Reads `KEY=VALUE,KEY=VALUE`. Throws with kubectl's words. */
export function parseLabelText(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const pair of text.split(',')) {
    const [key = '', value = '', ...more] = pair.split('=');
    if (!pair.includes('=') || more.length > 0) throw new Error(`unexpected label spec: ${pair}`);
    if (key === '') throw new Error('unexpected empty label key');
    labels[key] = value;
  }
  return labels;
}
