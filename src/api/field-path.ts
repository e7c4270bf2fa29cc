/** Where a walk over an object stands. Written as upstream writes paths: `spec.containers[0].name`. */
export class FieldPath {
  readonly #parts: (string | number)[] = [];

  get depth(): number {
    return this.#parts.length;
  }

  /** Goes to a field (or a map's key), or to an item of a list. */
  enter(part: string | number): void {
    this.#parts.push(part);
  }

  leave(): void {
    this.#parts.pop();
  }

  /** The path of the current place, or of a child of it. */
  text(child?: string | number): string {
    return pathText(child === undefined ? this.#parts : [...this.#parts, child]);
  }
}

/** Writes a path: names joined by dots, numbers in brackets. */
export function pathText(parts: readonly (string | number)[]): string {
  let text = '';
  for (const part of parts) text += typeof part === 'number' ? `[${part}]` : text === '' ? part : `.${part}`;
  return text;
}
