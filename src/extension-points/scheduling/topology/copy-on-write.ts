/** A value that is changed in place until somebody looked at it: who did keeps what was seen, and the next change is made to a copy. */
export class CopyOnWrite<T extends { clone(): T }> {
  #value: T;
  #isSeen = false;

  constructor(value: T) {
    this.#value = value;
  }

  /** The value as it is now. It does not change any more: for reading only. */
  view(): T {
    this.#isSeen = true;
    return this.#value;
  }

  /** The value as it is now, for looking at it at once. */
  get current(): T {
    return this.#value;
  }

  /** The value to be changed at once; not to be kept. */
  edit(): T {
    if (this.#isSeen) {
      this.#value = this.#value.clone();
      this.#isSeen = false;
    }
    return this.#value;
  }
}
