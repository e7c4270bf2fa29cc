import type { Turns } from '../turns.ts';
import { yamlText } from './encode-value.ts';

/** Parts of about so many values are written at once. */
const valuesPerPart = 500;

/** What `yamlText` writes of a large value, written in turns: YAML takes its time. */
export async function yamlInTurns(value: object, turns: Pick<Turns, 'breathe'>): Promise<string> {
  const texts: string[] = [];
  const write = async (part: unknown, margin: string): Promise<void> => {
    const pause = turns.breathe();
    if (pause) await pause;
    const isList = Array.isArray(part);
    let batch: [string, unknown][] = [];
    let weight = 0;
    const flush = (): void => {
      if (batch.length > 0) texts.push(indented(textOf(batch, isList), margin));
      batch = [];
      weight = 0;
    };
    const entries = Object.entries(part as object);
    if (!isList) entries.sort(([left], [right]) => (left < right ? -1 : 1));
    for (const entry of entries) {
      const own = weightOf(entry[1]);
      if (own > valuesPerPart) {
        flush();
        if (isList) {
          const first = texts.length;
          await write(entry[1], `${margin}  `);
          texts[first] = `${margin}- ${texts[first]!.slice(margin.length + 2)}`;
        } else {
          texts.push(indented(`${yamlText({ [entry[0]]: [] }).slice(0, -' []\n'.length)}\n`, margin));
          await write(entry[1], Array.isArray(entry[1]) ? margin : `${margin}  `);
        }
        continue;
      }
      batch.push(entry);
      weight += own;
      if (weight < valuesPerPart) continue;
      flush();
      const next = turns.breathe();
      if (next) await next;
    }
    flush();
  };
  await write(value, '');
  return texts.join('');
}

/** What follows decides how a text ends that keeps its line breaks: so something does, and is cut off. */
function textOf(entries: readonly (readonly [string, unknown])[], isList: boolean): string {
  const text = yamlText(isList ? [...entries.map(([, item]) => item), null] : Object.fromEntries([...entries, ['\uffff', null]]));
  return text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1);
}

/** How many values a value holds, or just more than fit into one part. */
function weightOf(value: unknown, left = valuesPerPart): number {
  if (typeof value !== 'object' || value === null) return 1;
  let weight = 1;
  for (const inner of Object.values(value)) {
    weight += weightOf(inner, left - weight);
    if (weight > left) break;
  }
  return weight;
}

/** Empty lines stay so. */
const indented = (text: string, margin: string): string => (margin === '' ? text : text.replaceAll(/^(?=.)/gm, margin));
