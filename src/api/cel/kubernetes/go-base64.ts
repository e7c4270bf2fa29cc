/** Base64 as Go's decoders read it. */

/**
 * Where Go's decoder of padded base64 in the alphabet of URLs (`-` and `_`) stops: the byte that its `illegal base64 data at input byte` names, or -1 when it reads all.
 * Line breaks do not count.
 */
export function firstIllegalByte(text: string): number {
  if (text.length % 4 === 0 && /^[\w-]*={0,2}$/.test(text)) return -1;
  let inGroup = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (isLineBreak(character)) continue;
    if (/[A-Za-z0-9_-]/.test(character)) {
      inGroup = (inGroup + 1) % 4;
      continue;
    }
    return character === '=' ? paddingProblem(text, at, inGroup) : at;
  }
  return inGroup === 0 ? -1 : text.length - inGroup;
}

/** `at`: the first `=`. */
function paddingProblem(text: string, at: number, inGroup: number): number {
  if (inGroup < 2) return at;
  let next = afterLineBreaks(text, at + 1);
  if (inGroup === 2) {
    if (next === text.length) return next;
    if (text[next] !== '=') return next - 1;
    next = afterLineBreaks(text, next + 1);
  }
  return next < text.length ? next : -1;
}

function afterLineBreaks(text: string, from: number): number {
  let at = from;
  while (at < text.length && isLineBreak(text[at]!)) at++;
  return at;
}

const isLineBreak = (character: string): boolean => character === '\n' || character === '\r';
