/** Reads the objects of a specification strictly, as the CDI library decodes them: unknown fields and fields of another type are errors. */
export class Fields {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #of: string;

  /** `of` names the object in errors. Nothing at all reads as an empty object. */
  constructor(value: unknown, of: string, known: readonly string[]) {
    if (value !== null && value !== undefined && (typeof value !== 'object' || Array.isArray(value))) throw unreadable(`${of} is not an object`);
    this.#fields = (value ?? {}) as Readonly<Record<string, unknown>>;
    this.#of = of;
    const unknown = Object.keys(this.#fields).find((name) => !known.includes(name));
    if (unknown !== undefined) throw unreadable(`unknown field ${JSON.stringify(unknown)}`);
  }

  get isEmpty(): boolean {
    return Object.keys(this.#fields).length === 0;
  }
  has(name: string): boolean {
    return this.raw(name) !== undefined;
  }
  raw(name: string): unknown {
    return this.#fields[name] ?? undefined;
  }
  text(name: string): string {
    const value = this.raw(name) ?? '';
    if (typeof value !== 'string') throw this.#wrong(name, 'string');
    return value;
  }
  /** A whole number, 0 or more; undefined when it is left out. */
  number(name: string): number | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw this.#wrong(name, 'number');
    return value;
  }
  list(name: string): readonly unknown[] {
    const value = this.raw(name) ?? [];
    if (!Array.isArray(value)) throw this.#wrong(name, 'list');
    return value;
  }
  texts(name: string): readonly string[] {
    return this.list(name).map((value) => {
      if (typeof value !== 'string') throw this.#wrong(name, 'list of strings');
      return value;
    });
  }
  numbers(name: string): readonly number[] {
    return this.list(name).map((value) => {
      if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) throw this.#wrong(name, 'list of numbers');
      return value;
    });
  }

  #wrong(name: string, wanted: string): Error {
    return unreadable(`${this.#of}.${name} is not a ${wanted}`);
  }
}

const unreadable = (problem: string): Error => new Error(`failed to unmarshal CDI Spec: ${problem}`);
