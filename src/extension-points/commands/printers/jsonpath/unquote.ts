const short: Readonly<Record<string, string>> = { a: '\u0007', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

const numbered = 'x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4}|[0-7]{3}';
/** What may stand between quotes of each kind: the other kind is not escaped. */
const inside: Readonly<Record<string, RegExp>> = {
  '"': new RegExp(`^(?:[^\\\\"]|\\\\(?:${numbered}|[abfnrtv\\\\"]))*$`, 's'),
  "'": new RegExp(`^(?:[^\\\\']|\\\\(?:${numbered}|[abfnrtv\\\\']))*$`, 's'),
};

/** Takes quotes (either kind) and Go's escapes away. Undefined for an escape that Go does not know, and where a quote stands inside. */
export function unquote(text: string): string | undefined {
  const quoted = text.slice(1, -1);
  if (!inside[text[0]!]!.test(quoted)) return undefined;
  return quoted.replace(/\\(?:x(..)|u(.{4})|U(.{8})|([0-7]{3})|(.))/gs, (_, byte?: string, unit?: string, point?: string, octal?: string, letter = '') => {
    const hex = byte ?? unit ?? point;
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    return octal === undefined ? (short[letter] ?? letter) : String.fromCodePoint(Number.parseInt(octal, 8));
  });
}
