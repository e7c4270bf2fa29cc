import { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

const closeMark = 255;

/**
 * Numbered streams over one WebSocket, `v5.channel.k8s.io`: each message begins with its channel's number; 255 and a number close the client's half of a channel.
 * A reader that does not keep up stops the socket. One that is paused is resumed.
 */
export class WebSocketChannels {
  readonly #webSocket: WebSocket;
  readonly #channels = new Map<number, Channel>();
  readonly #full = new Set<Channel>();
  /** Why the connection ended when that was not in order. */
  problem: string | undefined;

  constructor(webSocket: WebSocket) {
    this.#webSocket = webSocket;
    webSocket.binaryType = 'nodebuffer';
    webSocket.on('message', (message: Buffer) => this.#receive(message));
    webSocket.on('error', (error) => (this.problem ??= error.message));
    webSocket.once('close', (code) => {
      if (code !== 1000) this.problem ??= `next reader: websocket: close ${code}${code === 1006 ? ' (abnormal closure): unexpected EOF' : ''}`;
      for (const channel of this.#channels.values()) channel.finish();
    });
    // Channels that are opened at once miss nothing.
    webSocket.resume();
  }

  open(number: number): Duplex {
    const channel = new Channel(number, {
      send: (message, done) => (this.#webSocket.readyState === this.#webSocket.OPEN ? this.#webSocket.send(message, () => done()) : done()),
      wantsMore: () => {
        if (this.#full.delete(channel) && this.#full.size === 0) this.#webSocket.resume();
      },
    });
    this.#channels.set(number, channel);
    return channel;
  }

  #receive(message: Buffer): void {
    const channel = this.#channels.get(message[0] ?? -1);
    if (!channel || message.length < 2) return;
    if (message[0] === closeMark || channel.accept(message.subarray(1))) return;
    this.#full.add(channel);
    this.#webSocket.pause();
  }
}

interface ChannelHost {
  send(message: Buffer, done: () => void): void;
  wantsMore(): void;
}

class Channel extends Duplex {
  readonly #number: number;
  readonly #host: ChannelHost;
  #hasEnded = false;

  constructor(number: number, host: ChannelHost) {
    super({ allowHalfOpen: true });
    this.#number = number;
    this.#host = host;
  }

  accept(data: Buffer): boolean {
    return this.#hasEnded || this.destroyed || this.push(data);
  }

  finish(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.push(null);
  }

  override _read(): void {
    this.#host.wantsMore();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#host.send(Buffer.concat([Buffer.from([this.#number]), chunk]), done);
  }

  override _final(done: () => void): void {
    this.#host.send(Buffer.from([closeMark, this.#number]), done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#host.wantsMore();
    done(error);
  }
}
