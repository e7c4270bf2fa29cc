const letter = /\p{L}/u;
const isLetter = (character: string): boolean => (character < '\u0080' ? /[A-Za-z]/.test(character) : letter.test(character));
const isDigit = (character: string | undefined): boolean => character !== undefined && character >= '0' && character <= '9';

/** The order in which Go's YAML writes keys: letters behind other characters, runs of digits by their number. */
export function compareYamlKeys(left: string, right: string): number {
  const shorter = Math.min(left.length, right.length);
  for (let at = 0; at < shorter; at++) {
    if (left[at] !== right[at]) return compareAt(left, right, at);
  }
  return left.length - right.length;
}

function compareAt(left: string, right: string, at: number): number {
  const [one, other] = [left[at]!, right[at]!];
  const [isOneLetter, isOtherLetter] = [isLetter(one), isLetter(other)];
  if (isOneLetter && isOtherLetter) return one < other ? -1 : 1;
  if (isOneLetter !== isOtherLetter) return isOtherLetter ? -1 : 1;
  const start = one === '0' || other === '0' ? (digitsBefore(left, at) ? 1 : 0) : 0;
  const [leftNumber, leftEnd] = numberAt(left, at, start);
  const [rightNumber, rightEnd] = numberAt(right, at, start);
  if (leftNumber !== rightNumber) return leftNumber < rightNumber ? -1 : 1;
  if (leftEnd !== rightEnd) return leftEnd - rightEnd;
  return one < other ? -1 : 1;
}

/** Whether a digit other than 0 stands in the run of digits before. */
function digitsBefore(text: string, at: number): boolean {
  for (let before = at - 1; before >= 0 && isDigit(text[before]); before--) if (text[before] !== '0') return true;
  return false;
}

function numberAt(text: string, at: number, start: number): [amount: number, end: number] {
  let amount = start;
  let end = at;
  for (; isDigit(text[end]); end++) amount = amount * 10 + Number(text[end]);
  return [amount, end];
}
