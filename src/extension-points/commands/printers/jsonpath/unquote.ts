const short: Readonly<Record<string, string>> = { a: '\u0007', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\', "'": "'", '"': '"' };

/** Takes quotes (either kind) and Go's escapes away. Throws for an escape that Go does not know. */
export function unquote(text: string): string {
  const inside = text.slice(1, -1);
  if (!inside.includes('\\')) return inside;
  return inside.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|([^xuU0-7])|.?)/gs,
    (whole, hex, unicode, long, octal, letter) => {
      const digits = (hex ?? unicode ?? long) as string | undefined;
      if (digits !== undefined) return String.fromCodePoint(Number.parseInt(digits, 16));
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal as string, 8));
      const character = short[(letter as string | undefined) ?? ''];
      if (character === undefined) throw new Error(`unquote string ${text} error invalid syntax (${whole})`);
      return character;
    },
  );
}
