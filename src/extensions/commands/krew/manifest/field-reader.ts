type TextRecord<Name extends string> = { readonly [key in Name]?: string };
type MapRecord<Name extends string> = { readonly [key in Name]?: Readonly<Record<string, string>> };

/** Reads the fields of a document that others wrote. Every method throws, naming the field, for a value of another type; null counts as absent. */
export class FieldReader {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #path: string;

  constructor(value: unknown, path = '') {
    if (value !== null && value !== undefined && (typeof value !== 'object' || Array.isArray(value))) throw mismatch(value, path, 'an object');
    this.#fields = (value ?? {}) as Readonly<Record<string, unknown>>;
    this.#path = path;
  }

  /** Empty when absent. Numbers and booleans that nobody quoted are taken for texts, as Go's YAML reader does where a text is wanted. */
  text(name: string): string {
    const value = this.#value(name) ?? '';
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    if (typeof value !== 'string') throw mismatch(value, this.#pathOf(name), 'a string');
    return value;
  }

  /** Those that are there and not empty. */
  texts<Name extends string>(...names: readonly Name[]): TextRecord<Name> {
    return Object.fromEntries(names.map((name) => [name, this.text(name)]).filter(([, text]) => text !== '')) as TextRecord<Name>;
  }

  textList(name: string): string[] | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) throw mismatch(value, this.#pathOf(name), 'a list of strings');
    return value;
  }

  /** Those that are there. */
  textMaps<Name extends string>(...names: readonly Name[]): MapRecord<Name> {
    return Object.fromEntries(
      names.flatMap((name) => {
        const map = this.optionalObject(name);
        return map ? [[name, Object.fromEntries(Object.keys(map.#fields).map((key) => [key, map.text(key)]))]] : [];
      }),
    ) as MapRecord<Name>;
  }

  object(name: string): FieldReader {
    return new FieldReader(this.#value(name), this.#pathOf(name));
  }

  optionalObject(name: string): FieldReader | undefined {
    return this.#value(name) === undefined ? undefined : this.object(name);
  }

  list(name: string): FieldReader[] | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) throw mismatch(value, this.#pathOf(name), 'a list');
    return value.map((item, position) => new FieldReader(item, `${this.#pathOf(name)}[${position}]`));
  }

  #value(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? (this.#fields[name] ?? undefined) : undefined;
  }

  #pathOf(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`;
  }
}

const mismatch = (value: unknown, path: string, wanted: string): Error =>
  new Error(
    `${path || 'the document'} must be ${wanted}, not ${Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`}`,
  );
