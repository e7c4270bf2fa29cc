/** Frames of SPDY/3.1, as far as container runtimes use them. Numbers are the specification's (chromium.org, SPDY Protocol Draft 3.1, section 2.6). */
export const frameTypes = { synStream: 1, synReply: 2, rstStream: 3, settings: 4, ping: 6, goAway: 7, headers: 8, windowUpdate: 9 } as const;
export const flagFin = 0x01;
export const frameHeaderBytes = 8;
const version = 3;

/** Errors a stream is reset with. */
export const resetStatus = { protocolError: 1, refusedStream: 3, cancel: 5 } as const;

function controlFrame(type: number, flags: number, payload: Buffer): Buffer {
  const frame = Buffer.alloc(frameHeaderBytes + payload.length);
  frame.writeUInt16BE(0x8000 | version, 0);
  frame.writeUInt16BE(type, 2);
  frame.writeUInt8(flags, 4);
  frame.writeUIntBE(payload.length, 5, 3);
  payload.copy(frame, frameHeaderBytes);
  return frame;
}

/** Header of a data frame; the data follows. */
export function dataFrameHeader(streamId: number, length: number, isLast: boolean): Buffer {
  const header = Buffer.alloc(frameHeaderBytes);
  header.writeUInt32BE(streamId, 0);
  header.writeUInt8(isLast ? flagFin : 0, 4);
  header.writeUIntBE(length, 5, 3);
  return header;
}

/** `headerBlock` comes from `HeaderEncoder`. */
export function synStreamFrame(streamId: number, headerBlock: Buffer): Buffer {
  const payload = Buffer.alloc(10 + headerBlock.length);
  payload.writeUInt32BE(streamId, 0);
  headerBlock.copy(payload, 10);
  return controlFrame(frameTypes.synStream, 0, payload);
}

export function rstStreamFrame(streamId: number, status: number): Buffer {
  return controlFrame(frameTypes.rstStream, 0, numbers(streamId, status));
}

export const pingFrame = (id: number): Buffer => controlFrame(frameTypes.ping, 0, numbers(id));
/** Stream 0 stands for the whole connection. */
export const windowUpdateFrame = (streamId: number, bytes: number): Buffer => controlFrame(frameTypes.windowUpdate, 0, numbers(streamId, bytes));
export const goAwayFrame = (lastStreamId: number): Buffer => controlFrame(frameTypes.goAway, 0, numbers(lastStreamId, 0));

function numbers(...values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) buffer.writeUInt32BE(value, index * 4);
  return buffer;
}

const deflateHeader = Buffer.from([0x78, 0x01]);
const emptyStoredBlock = Buffer.from([0x00, 0x00, 0x00, 0xff, 0xff]);

/**
 * Writes header blocks of one connection. SPDY wants them zlib-compressed in one stream with a preset dictionary; a stream of stored blocks is valid zlib that needs neither
 * dictionary nor compressor. The empty block at the end is what a flush writes: without it a reader waits for more.
 */
export class HeaderEncoder {
  #isFirst = true;

  /** Names become lower case, as SPDY demands. Throws when a block does not fit 65,535 bytes. */
  encode(headers: Readonly<Record<string, string>>): Buffer {
    const entries = Object.entries(headers);
    const fields = entries.flatMap(([name, value]) => [lengthPrefixed(name.toLowerCase()), lengthPrefixed(value)]);
    const block = Buffer.concat([numbers(entries.length), ...fields]);
    if (block.length > 0xffff) throw new Error('SPDY: headers are too long');
    const stored = Buffer.alloc(5);
    stored.writeUInt16LE(block.length, 1);
    stored.writeUInt16LE(block.length ^ 0xffff, 3);
    const parts = [...(this.#isFirst ? [deflateHeader] : []), stored, block, emptyStoredBlock];
    this.#isFirst = false;
    return Buffer.concat(parts);
  }
}

function lengthPrefixed(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([numbers(bytes.length), bytes]);
}

export interface ControlFrame {
  readonly type: number;
  readonly flags: number;
  readonly payload: Buffer;
}

export interface FrameHandler {
  control(frame: ControlFrame): void;
  /** A piece of a data frame; `isLast` with the piece that ends the stream. */
  data(streamId: number, piece: Buffer, isLast: boolean): void;
}

// Control frames are small; what is larger is not SPDY.
const maximumControlBytes = 64 * 1024;

/** Cuts bytes into frames as they arrive. Data is passed on in pieces, without waiting for the whole frame. */
export class FrameReader {
  readonly #handler: FrameHandler;
  #pending: Buffer = Buffer.alloc(0);
  #data: { streamId: number; left: number; isLast: boolean } | undefined;

  constructor(handler: FrameHandler) {
    this.#handler = handler;
  }

  /** Throws when the bytes are not SPDY/3. */
  write(chunk: Buffer): void {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    while (this.#data ? this.#readData(this.#data) : this.#readHeader());
  }

  #readData(data: { streamId: number; left: number; isLast: boolean }): boolean {
    if (this.#pending.length === 0 && data.left > 0) return false;
    const piece = this.#take(Math.min(data.left, this.#pending.length));
    data.left -= piece.length;
    const isComplete = data.left === 0;
    if (isComplete) this.#data = undefined;
    this.#handler.data(data.streamId, piece, isComplete && data.isLast);
    return true;
  }

  #readHeader(): boolean {
    if (this.#pending.length < frameHeaderBytes) return false;
    const length = this.#pending.readUIntBE(5, 3);
    const flags = this.#pending[4]!;
    if ((this.#pending[0]! & 0x80) === 0) {
      const streamId = this.#take(frameHeaderBytes).readUInt32BE(0);
      this.#data = { streamId, left: length, isLast: (flags & flagFin) !== 0 };
      return true;
    }
    if ((this.#pending.readUInt16BE(0) & 0x7fff) !== version) throw new Error('SPDY: the other side speaks another version');
    if (length > maximumControlBytes) throw new Error(`SPDY: a control frame of ${length} bytes is too large`);
    if (this.#pending.length < frameHeaderBytes + length) return false;
    const frame = this.#take(frameHeaderBytes + length);
    this.#handler.control({ type: frame.readUInt16BE(2), flags, payload: frame.subarray(frameHeaderBytes) });
    return true;
  }

  #take(length: number): Buffer {
    const part = this.#pending.subarray(0, length);
    this.#pending = this.#pending.subarray(length);
    return part;
  }
}
