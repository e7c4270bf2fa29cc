import { Duplex } from 'node:stream';
import {
  type ControlFrame,
  dataFrameHeader,
  FrameReader,
  flagFin,
  frameTypes,
  goAwayFrame,
  HeaderEncoder,
  pingFrame,
  resetStatus,
  rstStreamFrame,
  synStreamFrame,
  windowUpdateFrame,
} from './spdy-frames.ts';

const maximumDataBytes = 32 * 1024;
const initialWindowBytes = 64 * 1024;
const initialWindowSetting = 7;
const maximumStreams = 1_000;

/**
 * The client's end of a SPDY/3.1 connection to a container runtime or to an API server, over a socket that was upgraded. Streams are duplexes; ending one closes its sending half.
 *
 * Flow control: the library that container runtimes use has none, never grants window and would make a strict client wait for ever. So sending is limited only
 * by a peer that takes part, which it shows by a window update or by announcing a window, and only such a peer is granted window for what was received: one that never
 * reads grants would close its socket with them unread, which resets the connection and loses its last output. A reader that does not keep up stops the socket.
 */
export class SpdyConnection {
  readonly #socket: Duplex;
  readonly #streams = new Map<number, SpdyStream>();
  readonly #headers = new HeaderEncoder();
  readonly #reader = new FrameReader({ control: (frame) => this.#control(frame), data: (id, piece, isLast) => this.#data(id, piece, isLast) });
  readonly #stalled = new Set<SpdyStream>();
  /** Grants of the peer for the whole connection and for new streams; undefined while it does not take part in flow control. */
  #connectionWindow: number | undefined;
  #streamWindow: number | undefined;
  #nextId = 1;
  #isGoingAway = false;
  /** Resolves when the connection is closed, whatever closed it. */
  readonly closed: Promise<void>;

  /** `head` is what came with the answer to the upgrade. */
  constructor(socket: Duplex, head: Buffer) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', () => {}); // streams are told on close
    socket.once('end', () => socket.end());
    socket.once('close', () => this.#close());
    if (head.length > 0) this.#receive(head);
  }

  /** Opens a stream. Throws when the connection is closed or the peer is leaving. */
  openStream(headers: Readonly<Record<string, string>>): SpdyStream {
    if (this.#isGoingAway || this.#socket.destroyed) throw new Error('SPDY: the connection is closed');
    if (this.#streams.size >= maximumStreams) throw new Error(`SPDY: more than ${maximumStreams} streams`);
    const id = this.#nextId;
    this.#nextId += 2;
    this.#socket.write(synStreamFrame(id, this.#headers.encode(headers)));
    const stream = new SpdyStream(this, id, this.#streamWindow);
    this.#streams.set(id, stream);
    return stream;
  }

  /** Ends the connection; streams still open are cut off. */
  destroy(): void {
    if (!this.#socket.destroyed) this.#socket.write(goAwayFrame(0));
    this.#socket.destroy();
  }

  /** @internal Sends what the windows allow and calls back when all of it is on its way. */
  send(stream: SpdyStream, chunk: Buffer, done: () => void): void {
    let rest = chunk;
    while (rest.length > 0 && !stream.isReset) {
      const allowed = Math.min(rest.length, maximumDataBytes, this.#connectionWindow ?? Infinity, stream.window ?? Infinity);
      if (allowed <= 0) {
        stream.windowWaiters.push(() => this.send(stream, rest, done));
        return;
      }
      this.#socket.write(dataFrameHeader(stream.id, allowed, false));
      const isFlowing = this.#socket.write(rest.subarray(0, allowed));
      if (this.#connectionWindow !== undefined) this.#connectionWindow -= allowed;
      if (stream.window !== undefined) stream.window -= allowed;
      rest = rest.subarray(allowed);
      if (!isFlowing) {
        this.#onceFlowing(() => (rest.length > 0 ? this.send(stream, rest, done) : done()));
        return;
      }
    }
    done();
  }

  /** Calls back when the socket takes more, or is closed. */
  #onceFlowing(callback: () => void): void {
    const finish = (): void => {
      this.#socket.off('drain', finish).off('close', finish);
      callback();
    };
    this.#socket.on('drain', finish).on('close', finish);
  }

  /** @internal */
  sendEnd(id: number): void {
    if (!this.#socket.destroyed) this.#socket.write(dataFrameHeader(id, 0, true));
  }

  /** @internal */
  sendReset(id: number): void {
    if (this.#streams.delete(id) && !this.#socket.destroyed) this.#socket.write(rstStreamFrame(id, resetStatus.cancel));
  }

  /** @internal */
  forget(id: number): void {
    this.#streams.delete(id);
  }

  /** @internal A stream's reader is full: nothing more is read for anyone until it is not, since SPDY's frames share one socket. */
  stall(stream: SpdyStream): void {
    this.#stalled.add(stream);
    this.#socket.pause();
  }

  /** @internal */
  unstall(stream: SpdyStream): void {
    if (this.#stalled.delete(stream) && this.#stalled.size === 0) this.#socket.resume();
  }

  #receive(chunk: Buffer): void {
    try {
      this.#reader.write(chunk);
    } catch (error) {
      this.#socket.destroy(error as Error);
    }
  }

  #data(id: number, piece: Buffer, isLast: boolean): void {
    const takesPart = this.#connectionWindow !== undefined || this.#streamWindow !== undefined;
    if (takesPart && piece.length > 0 && !this.#socket.destroyed) {
      this.#socket.write(windowUpdateFrame(0, piece.length));
      if (!isLast) this.#socket.write(windowUpdateFrame(id, piece.length));
    }
    this.#streams.get(id)?.receive(piece, isLast);
  }

  #control({ type, flags, payload }: ControlFrame): void {
    const word = (index: number): number => (payload.length >= (index + 1) * 4 ? payload.readUInt32BE(index * 4) : 0);
    const stream = this.#streams.get(word(0));
    const isLast = (flags & flagFin) !== 0;
    if (type === frameTypes.synStream) this.#socket.write(rstStreamFrame(word(0), resetStatus.refusedStream));
    else if (type === frameTypes.ping && word(0) % 2 === 0) this.#socket.write(pingFrame(word(0)));
    else if (type === frameTypes.goAway) this.#isGoingAway = true;
    else if (type === frameTypes.windowUpdate) this.#grant(word(0), word(1));
    else if (type === frameTypes.settings) this.#settings(payload);
    else if (type === frameTypes.rstStream) stream?.reset();
    else if ((type === frameTypes.synReply || type === frameTypes.headers) && isLast) stream?.receive(Buffer.alloc(0), true);
  }

  #settings(payload: Buffer): void {
    for (let offset = 4; offset + 8 <= payload.length; offset += 8) {
      if (payload.readUIntBE(offset + 1, 3) === initialWindowSetting) this.#streamWindow = payload.readUInt32BE(offset + 4);
    }
  }

  #grant(id: number, bytes: number): void {
    if (id === 0) this.#connectionWindow = (this.#connectionWindow ?? initialWindowBytes) + bytes;
    else {
      const stream = this.#streams.get(id);
      if (stream) stream.window = (stream.window ?? initialWindowBytes) + bytes;
    }
    for (const stream of this.#streams.values()) for (const wake of stream.windowWaiters.splice(0)) wake();
  }

  #close(): void {
    for (const stream of this.#streams.values()) stream.cutOff();
    this.#streams.clear();
  }
}

/** One stream. A reset ends it like an orderly end, since runtimes reset what they have written out; what is written after that is dropped. */
export class SpdyStream extends Duplex {
  readonly id: number;
  readonly #connection: SpdyConnection;
  /** @internal Bytes the peer will take; undefined when it does not count. */
  window: number | undefined;
  /** @internal */
  readonly windowWaiters: (() => void)[] = [];
  #hasEnded = false;
  #isReset = false;
  #isCutOff = false;

  constructor(connection: SpdyConnection, id: number, window: number | undefined) {
    super({ allowHalfOpen: true });
    this.#connection = connection;
    this.id = id;
    this.window = window;
    this.on('error', () => {}); // none of its own, but nobody shall fall over one
  }

  /** @internal */
  receive(piece: Buffer, isLast: boolean): void {
    if (this.#hasEnded || this.destroyed) return;
    if (piece.length > 0 && !this.push(piece)) this.#connection.stall(this);
    if (isLast) this.#end();
  }

  /** @internal */
  get isReset(): boolean {
    return this.#isReset;
  }

  /** Whether the connection was gone before the peer had ended the stream, or reset it. */
  get isCutOff(): boolean {
    return this.#isCutOff;
  }

  /** @internal */
  cutOff(): void {
    this.#isCutOff = !this.#hasEnded;
    this.reset();
  }

  /** @internal */
  reset(): void {
    this.#isReset = true;
    this.#connection.forget(this.id);
    for (const wake of this.windowWaiters.splice(0)) wake();
    this.#end();
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.push(null);
  }

  override _read(): void {
    this.#connection.unstall(this);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#isReset) done();
    else this.#connection.send(this, chunk, () => done());
  }

  override _final(done: () => void): void {
    if (!this.#isReset) this.#connection.sendEnd(this.id);
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#connection.unstall(this);
    // Nothing is sent to a peer that has ended the stream: it may be about to close its socket (see above), and waits for nothing.
    if (!this.#isReset && !this.#hasEnded) this.#connection.sendReset(this.id);
    else this.#connection.forget(this.id);
    done(error);
  }
}
