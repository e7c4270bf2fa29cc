/** Reads what somebody wrote into the configuration file of a plugin, strictly: a field that is not known, or not of its type, is an error that names it. */
export class Settings {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #path: string;
  readonly #asked = new Set<string>();

  /** `path` names the object in errors: `flags.plugin`; empty for the whole file. Nothing at all reads as an empty object. */
  constructor(value: unknown, path = '') {
    if (value !== null && value !== undefined && (typeof value !== 'object' || Array.isArray(value)))
      throw new Error(`${path || 'the file'}: an object is expected`);
    this.#fields = (value ?? {}) as Readonly<Record<string, unknown>>;
    this.#path = path;
  }

  has(name: string): boolean {
    return this.raw(name) !== undefined;
  }
  /** The field as it stands there; what is null counts as left out. */
  raw(name: string): unknown {
    this.#asked.add(name);
    return this.#fields[name] ?? undefined;
  }
  pathOf(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`;
  }

  text(name: string, fallback: string): string {
    const value = this.raw(name) ?? fallback;
    if (typeof value !== 'string') throw this.#wrong(name, 'a text is expected');
    return value;
  }
  /** One of some words. */
  choice<T extends string>(name: string, choices: readonly T[], fallback: T): T {
    const value = this.text(name, fallback);
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw this.#wrong(name, `"${value}" is not one of ${choices.join(', ')}`);
    return found;
  }
  flag(name: string, fallback: boolean): boolean {
    const value = this.raw(name) ?? fallback;
    if (typeof value !== 'boolean') throw this.#wrong(name, 'true or false is expected');
    return value;
  }
  wholeNumber(name: string, { minimum, maximum, fallback }: { readonly minimum: number; readonly maximum: number; readonly fallback: number }): number {
    const value = this.raw(name) ?? fallback;
    if (!Number.isInteger(value) || (value as number) < minimum || (value as number) > maximum)
      throw this.#wrong(name, `a whole number from ${minimum} to ${maximum} is expected`);
    return value as number;
  }
  list(name: string): readonly unknown[] {
    const value = this.raw(name) ?? [];
    if (!Array.isArray(value)) throw this.#wrong(name, 'a list is expected');
    return value;
  }
  texts(name: string): readonly string[] {
    return this.list(name).map((value) => {
      if (typeof value !== 'string') throw this.#wrong(name, 'a list of texts is expected');
      return value;
    });
  }
  object(name: string): Settings {
    return new Settings(this.raw(name), this.pathOf(name));
  }

  /** To be called when all fields were asked for: throws when there are others. */
  finish(): void {
    const unknown = Object.keys(this.#fields).filter((name) => !this.#asked.has(name));
    if (unknown.length > 0) throw new Error(`unknown field "${this.pathOf(unknown[0]!)}"`);
  }

  #wrong(name: string, problem: string): Error {
    return new Error(`${this.pathOf(name)}: ${problem}`);
  }
}
