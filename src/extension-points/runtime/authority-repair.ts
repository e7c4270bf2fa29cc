import { Duplex } from 'node:stream';

/**
 * Lets old Go clients talk to Node's HTTP/2 server on a unix socket. grpc-go before 1.31 sends the socket's path as `:authority`, which the server refuses
 * before any JavaScript sees it. This stream stands between socket and server and overwrites the value of every literal `:authority` in place with as many
 * `a`s as it had bytes: lengths stay, and so does the compression state of both sides. gRPC makes no use of the name.
 *
 * Header blocks split over CONTINUATION frames are collected first. What breaks HTTP/2's framing, or has a header block of more than 64 KiB, destroys the connection.
 */
export function repairAuthority(socket: Duplex): Duplex {
  return new RepairedSocket(socket);
}

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const frameHeaderBytes = 9;
const [headersFrame, continuationFrame] = [0x1, 0x9];
const [endHeaders, padded, priority] = [0x4, 0x8, 0x20];
const maximumHeaderBlockBytes = 65_536;

class RepairedSocket extends Duplex {
  readonly #socket: Duplex;
  readonly #repair = new FrameRepair();

  constructor(socket: Duplex) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
  }

  #receive(chunk: Buffer): void {
    try {
      for (const part of this.#repair.write(chunk)) if (!this.push(part)) this.#socket.pause();
    } catch (error) {
      this.destroy(error as Error);
    }
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#socket.write(chunk)) {
      done();
      return;
    }
    const finish = (): void => {
      this.#socket.off('drain', finish).off('close', finish);
      done();
    };
    this.#socket.on('drain', finish).on('close', finish);
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}

/** Cuts a client's bytes into frames; bodies of frames that carry no headers pass through as they come. */
export class FrameRepair {
  #pending: Buffer = Buffer.alloc(0);
  #isPrefaceRead = false;
  /** Bytes of a body that are still to pass through. */
  #passing = 0;
  /** HEADERS and CONTINUATION frames of a block that has not ended. */
  #block: { frames: Buffer[]; bytes: number } | undefined;

  /** Takes bytes as they arrive and answers those that may go on. Throws when they are not HTTP/2. */
  write(chunk: Buffer): readonly Buffer[] {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const out: Buffer[] = [];
    for (let part = this.#next(); part !== undefined; part = this.#next()) out.push(...part);
    return out;
  }

  /** The next piece, or undefined when more bytes are needed. */
  #next(): readonly Buffer[] | undefined {
    if (!this.#isPrefaceRead) return this.#readPreface();
    if (this.#pending.length === 0) return undefined;
    if (this.#passing > 0) return [this.#pass()];
    if (this.#pending.length < frameHeaderBytes) return undefined;
    const length = this.#pending.readUIntBE(0, 3);
    const type = this.#pending[3]!;
    if (type === headersFrame || type === continuationFrame) return this.#readHeaders(frameHeaderBytes + length);
    if (this.#block) throw new Error('HTTP/2: a header block is interrupted by another frame');
    this.#passing = frameHeaderBytes + length;
    return [this.#pass()];
  }

  #readPreface(): readonly Buffer[] | undefined {
    if (this.#pending.length < preface.length) return undefined;
    if (!this.#pending.subarray(0, preface.length).equals(preface)) throw new Error('HTTP/2: the client did not begin with the preface');
    this.#isPrefaceRead = true;
    return [this.#take(preface.length)];
  }

  #readHeaders(total: number): readonly Buffer[] | undefined {
    if (total > maximumHeaderBlockBytes) throw new Error('HTTP/2: a header block is too large');
    if (this.#pending.length < total) return undefined;
    // Copied, because it is written to and may share memory with what was passed on.
    const frame = Buffer.from(this.#take(total));
    const isContinuation = frame[3] === continuationFrame;
    if (isContinuation !== (this.#block !== undefined)) throw new Error('HTTP/2: frames of a header block are out of order');
    this.#block ??= { frames: [], bytes: 0 };
    this.#block.frames.push(frame);
    this.#block.bytes += frame.length;
    if (this.#block.bytes > maximumHeaderBlockBytes) throw new Error('HTTP/2: a header block is too large');
    if ((frame[4]! & endHeaders) === 0) return [];
    const { frames } = this.#block;
    this.#block = undefined;
    repairBlock(frames.map(fragmentOf));
    return frames;
  }

  #pass(): Buffer {
    const part = this.#take(Math.min(this.#passing, this.#pending.length));
    this.#passing -= part.length;
    return part;
  }

  #take(length: number): Buffer {
    const part = this.#pending.subarray(0, length);
    this.#pending = this.#pending.subarray(length);
    return part;
  }
}

/** The part of a frame that belongs to the header block (RFC 9113, sections 6.2 and 6.10). */
function fragmentOf(frame: Buffer): Buffer {
  const flags = frame[4]!;
  if (frame[3] === continuationFrame) return frame.subarray(frameHeaderBytes);
  const padding = (flags & padded) === 0 ? 0 : (frame[frameHeaderBytes] ?? 0);
  const start = frameHeaderBytes + ((flags & padded) === 0 ? 0 : 1) + ((flags & priority) === 0 ? 0 : 5);
  const end = frame.length - padding;
  if (start > end) throw new Error('HTTP/2: the padding of a frame is longer than the frame');
  return frame.subarray(start, end);
}

/** Repairs a block in place that may lie in several frames. */
function repairBlock(fragments: readonly Buffer[]): void {
  const [only, ...others] = fragments;
  if (only && others.length === 0) {
    repairHeaderBlock(only);
    return;
  }
  const whole = Buffer.concat(fragments);
  repairHeaderBlock(whole);
  let offset = 0;
  for (const fragment of fragments) offset += whole.copy(fragment, 0, offset, offset + fragment.length);
}

/** Walks the fields of an HPACK block (RFC 7541, section 6). A block that cannot be read is left for the server to refuse. */
function repairHeaderBlock(block: Buffer): void {
  let offset = 0;
  while (offset < block.length) {
    const first = block[offset]!;
    const isIndexed = (first & 0x80) !== 0;
    const isSizeUpdate = (first & 0xe0) === 0x20;
    const prefixBits = isIndexed ? 7 : (first & 0x40) !== 0 ? 6 : isSizeUpdate ? 5 : 4;
    const index = readInteger(block, offset, prefixBits);
    if (!index) return;
    offset = index.next;
    if (isIndexed || isSizeUpdate) continue;
    const name = index.value === 0 ? readString(block, offset) : undefined;
    if (index.value === 0 && !name) return;
    const value = readString(block, name?.next ?? offset);
    if (!value) return;
    if (index.value === authorityIndex || (name && isAuthority(block.subarray(name.start, name.next)))) overwrite(block, value);
    offset = value.next;
  }
}

// RFC 7541, appendix A.
const authorityIndex = 1;
// The name as text, and in Huffman code.
const isAuthority = (name: Buffer): boolean => name.toString('latin1') === ':authority' || name.toString('hex') === 'b83b5339ec327d7f';

/** Clears the Huffman bit and fills the value. Without Huffman the length's meaning does not change, since it counts encoded bytes. */
function overwrite(block: Buffer, value: StringPosition): void {
  block[value.lengthAt]! &= 0x7f;
  block.fill('a', value.start, value.next);
}

interface StringPosition {
  readonly lengthAt: number;
  readonly start: number;
  readonly next: number;
}

function readString(block: Buffer, offset: number): StringPosition | undefined {
  const length = readInteger(block, offset, 7);
  if (!length || length.next + length.value > block.length) return undefined;
  return { lengthAt: offset, start: length.next, next: length.next + length.value };
}

/** RFC 7541, section 5.1. Undefined when it is cut off or larger than any block. */
function readInteger(block: Buffer, offset: number, prefixBits: number): { value: number; next: number } | undefined {
  const mask = (1 << prefixBits) - 1;
  const first = block[offset];
  if (first === undefined) return undefined;
  if ((first & mask) < mask) return { value: first & mask, next: offset + 1 };
  let value = mask;
  for (let index = 0; index < 3; index++) {
    const byte = block[offset + 1 + index];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) << (7 * index);
    if ((byte & 0x80) === 0) return { value, next: offset + 2 + index };
  }
  return undefined;
}
