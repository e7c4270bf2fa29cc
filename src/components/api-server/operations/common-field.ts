import { randomBytes } from 'node:crypto';
import { isCommon, makeCommon } from '../../../api/common-parts.ts';
import { endOfValue } from '../../../api/json.ts';
import type { UntypedObject } from '../../../api/object.ts';
import type { ServedResource } from '../resource-index.ts';

/** How many texts are remembered per resource: templates that are being rolled out at the same time. */
const maximumTexts = 32;
/** Longer ones are not remembered. */
const maximumLength = 32_768;

/** A text of the field, newest first in its list; `part` is what became of it, once that is known. */
interface Known {
  readonly text: string;
  part: object | undefined;
}

/** Stands for the field in a text that it was cut out of. Nobody else knows it, so where it is found the field was. Without digits: readers look twice at those. */
const mark = `common part ${randomBytes(32).reduce((text, byte) => text + String.fromCharCode(97 + (byte % 26)), '')}`;

/**
 * Recognises the field that objects of a kind repeat of each other (`ResourceDefinition.commonField`) by its JSON text. A text is read, checked against the schema and
 * defaulted twice, and what came of it the second time serves all objects with this text from then on. Only what nothing was wrong with is remembered.
 */
export class CommonField {
  readonly name: string;
  readonly #start: string;
  readonly #known: Known[] = [];

  constructor(name: string) {
    this.name = name;
    this.#start = `${JSON.stringify(name)}:{`;
  }

  /** The text of an object with the mark in place of the field, and what became of that field; undefined when it is not known. */
  cut(text: string): { readonly rest: string; readonly part: object } | undefined {
    const start = this.#startIn(text);
    if (start < 0) return undefined;
    for (const [index, known] of this.#known.entries()) {
      if (!known.part || !text.startsWith(known.text, start)) continue;
      this.#moveUp(index);
      return { rest: withMark(text, start, start + known.text.length), part: known.part };
    }
    return undefined;
  }

  /** Whether an object was read from a text that the field was cut out of, and gets it back now. */
  restore(value: unknown, part: object): value is UntypedObject {
    if (typeof value !== 'object' || value === null || (value as UntypedObject)[this.name] !== mark) return false;
    (value as UntypedObject)[this.name] = part;
    return true;
  }

  /** What became of the field of this text. */
  find(fieldText: string): object | undefined {
    const index = this.#known.findIndex(({ text }) => text === fieldText);
    if (index < 0) return undefined;
    this.#moveUp(index);
    return this.#known[0]!.part;
  }

  /** Takes note of the text of an object that was read without complaint, duplicate fields included, and of the object that was made of it: the field may become a common part. */
  learn(text: string, draft: UntypedObject): void {
    const start = this.#startIn(text);
    const end = start < 0 ? -1 : endOfValue(text, start);
    if (end < 0 || end - start > maximumLength) return;
    const fieldText = text.slice(start, end);
    // The first such field of the text may be another one, further inside.
    if (this.#isSeen(fieldText) && !readsAsMark(withMark(text, start, end), this.name)) return;
    this.note(fieldText, draft);
  }

  /** The same for a text that is known to be the field's. */
  note(fieldText: string, draft: UntypedObject): void {
    const part = draft[this.name];
    if (fieldText.length > maximumLength || typeof part !== 'object' || part === null || isCommon(part)) return;
    const known = this.#known.find(({ text }) => text === fieldText);
    if (known) {
      known.part ??= makeCommon(part);
      draft[this.name] = known.part;
      return;
    }
    this.#known.unshift({ text: fieldText, part: undefined });
    if (this.#known.length > maximumTexts) this.#known.pop();
  }

  #isSeen(fieldText: string): boolean {
    return this.#known.some(({ text }) => text === fieldText);
  }

  #startIn(text: string): number {
    const at = text.indexOf(this.#start);
    return at < 0 ? at : at + this.#start.length - 1;
  }

  #moveUp(index: number): void {
    if (index === 0) return;
    const [known] = this.#known.splice(index, 1);
    this.#known.unshift(known!);
  }
}

const withMark = (text: string, start: number, end: number): string => `${text.slice(0, start)}"${mark}"${text.slice(end)}`;

const readsAsMark = (text: string, name: string): boolean => (JSON.parse(text) as UntypedObject)[name] === mark;

const fields = new WeakMap<ServedResource, CommonField>();

/** Of a served version of a built-in kind whose objects have such a field. */
export function commonFieldOf(served: ServedResource): CommonField | undefined {
  const name = served.definition.commonField;
  if (name === undefined || served.isCustom) return undefined;
  let field = fields.get(served);
  if (!field) fields.set(served, (field = new CommonField(name)));
  return field;
}
