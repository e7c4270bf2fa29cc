/** Runs disposers in reverse order, each even if another threw; the first error is thrown at the end. Add with `use` as things start. */
export class DisposalStack implements AsyncDisposable {
  readonly #disposers: (() => unknown)[] = [];

  use<T extends Disposable | AsyncDisposable>(value: T): T {
    this.#disposers.push(() => (Symbol.asyncDispose in value ? value[Symbol.asyncDispose]() : value[Symbol.dispose]()));
    return value;
  }

  defer(dispose: () => unknown): void {
    this.#disposers.push(dispose);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const errors: unknown[] = [];
    for (const dispose of this.#disposers.splice(0).reverse()) {
      try {
        await dispose();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
