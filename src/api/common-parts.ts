/**
 * Parts that many objects have in common, such as the spec of all pods of a template: one deep-frozen copy serves them all, and what is found out about it is
 * remembered with it. Nothing is remembered of other values, which their owners may still change.
 */
import { deepFreeze } from './object.ts';

interface Knowledge {
  json: string | undefined;
  /** The part this one is made of, and the fields it has besides. */
  readonly base: object | undefined;
  readonly more: Readonly<Record<string, unknown>> | undefined;
  derived: Map<string, object> | undefined;
}

const known = new WeakMap<object, Knowledge>();

/** Makes a JSON value a common part: it is frozen, and must be replaced, never edited, from now on. Answers it. */
export function makeCommon<T extends object>(value: T): T {
  if (!known.has(value)) known.set(deepFreeze(value), { json: undefined, base: undefined, more: undefined, derived: undefined });
  return value;
}

export const isCommon = (value: unknown): value is object => typeof value === 'object' && value !== null && known.has(value);

/** Its JSON, written once; undefined for what is no common part. */
export function commonJson(value: object): string | undefined {
  const knowledge = known.get(value);
  return knowledge && (knowledge.json ?? jsonOf(value, knowledge));
}

function jsonOf(value: object, knowledge: Knowledge): string {
  const { base, more } = knowledge;
  const before = base && commonJson(base);
  // Of the larger part each of them has of its own there may be thousands: those are not kept.
  if (before !== undefined && before !== '{}') return `${before.slice(0, -1)},${JSON.stringify(more).slice(1)}`;
  knowledge.json = JSON.stringify(value);
  return knowledge.json;
}

/** `base` with more fields. Of a common part that has none of them, a common part again, which shares all it can; of anything else a plain object. */
export function extended<T extends object>(base: T, more: Partial<T>): T {
  const whole = { ...base, ...more };
  if (!known.has(base) || Object.entries(more).some(([name, value]) => value === undefined || Object.hasOwn(base, name))) return whole;
  known.set(deepFreeze(whole), { json: undefined, base, more: more as Readonly<Record<string, unknown>>, derived: undefined });
  return whole;
}

/** How many derived parts are remembered of one. */
const maximumDerived = 16;

/**
 * What `make` makes of a part. Made once for a common part and a `key`, which must tell all else apart that `make` looks at; the answer is then a common part, too.
 * `make` must not change the part.
 */
export function derived<T extends object>(part: T, key: string, make: () => T): T {
  const knowledge = known.get(part);
  if (!knowledge) return make();
  const ready = knowledge.derived?.get(key);
  if (ready) return ready as T;
  const made = makeCommon(make());
  const all = (knowledge.derived ??= new Map());
  if (all.size >= maximumDerived) all.clear();
  all.set(key, made);
  return made;
}

/** Remembers an answer about each common part; other values are asked about each time. The answer must follow from the part alone. */
export function rememberCommon<Part extends object, Answer>(ask: (part: Part) => Answer): (part: Part) => Answer {
  const answers = new WeakMap<object, { readonly answer: Answer }>();
  return (part) => {
    if (!known.has(part)) return ask(part);
    let found = answers.get(part);
    if (!found) answers.set(part, (found = { answer: ask(part) }));
    return found.answer;
  };
}
