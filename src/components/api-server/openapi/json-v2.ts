import { requestTurns } from '../turns.ts';
import type { Json } from './schema-rendering.ts';

/** Paths and definitions that were written before, by the value: the same object is not written again. */
export type TextParts = WeakMap<object, Buffer>;

const large = new Set(['paths', 'definitions']);

/** Writes a document that `documentV2` made as JSON, in turns of a few milliseconds. */
export async function encodeV2Json(document: Json, parts: TextParts): Promise<Buffer> {
  const written: Buffer[] = [];
  for (const [name, value] of Object.entries(document)) {
    written.push(Buffer.from(`${written.length === 0 ? '{' : ','}${JSON.stringify(name)}:`));
    if (!large.has(name)) {
      written.push(Buffer.from(JSON.stringify(value)));
      continue;
    }
    let separator = '{';
    for (const [entry, inner] of Object.entries(value as Json)) {
      let text = parts.get(inner as Json);
      if (!text) {
        parts.set(inner as Json, (text = Buffer.from(JSON.stringify(inner))));
        const pause = requestTurns.breathe();
        if (pause) await pause;
      }
      written.push(Buffer.from(`${separator}${JSON.stringify(entry)}:`), text);
      separator = ',';
    }
    written.push(Buffer.from(separator === '{' ? '{}' : '}'));
  }
  return Buffer.concat([...written, Buffer.from('}')]);
}
