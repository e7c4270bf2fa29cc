import { RuntimeError } from '../../../extension-points/runtime/contract.ts';

/** Hands out the IPv4 addresses of a CIDR, each once until it is given back. The first two (network, gateway) and the last (broadcast) stay free. */
export class AddressPool {
  readonly #base: number;
  readonly #size: number;
  readonly #used = new Set<number>();
  #next = 2;

  /** Throws INVALID_ARGUMENT when the text is not an IPv4 CIDR between /8 and /30. */
  constructor(cidr: string) {
    const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr);
    const [bytes, bits] = [match?.slice(1, 5).map(Number) ?? [], Number(match?.[5])];
    if (bytes.length !== 4 || bytes.some((byte) => byte > 255) || !(bits >= 8 && bits <= 30))
      throw new RuntimeError('INVALID_ARGUMENT', `"${cidr}" is not an IPv4 CIDR between /8 and /30`);
    this.#size = 2 ** (32 - bits);
    const address = bytes.reduce((value, byte) => value * 256 + byte, 0);
    this.#base = address - (address % this.#size);
  }

  /** Throws RESOURCE_EXHAUSTED when all are taken. Addresses are reused as late as possible, as a real allocator does. */
  take(): string {
    for (let tried = 0; tried < this.#size; tried++) {
      const offset = this.#next;
      this.#next = offset + 1 >= this.#size - 1 ? 2 : offset + 1;
      if (this.#used.has(offset)) continue;
      this.#used.add(offset);
      return textOf(this.#base + offset);
    }
    throw new RuntimeError('RESOURCE_EXHAUSTED', 'no IP addresses are left in the range of the node');
  }

  /** An address of another pool, or one that is free already, is ignored. */
  giveBack(address: string): void {
    this.#used.delete(address.split('.').reduce((value, byte) => value * 256 + Number(byte), 0) - this.#base);
  }
}

const textOf = (address: number): string => [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
