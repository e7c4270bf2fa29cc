import type { Socket } from 'node:net';
import type { HttpRequest, HttpResponse } from './http-transport.ts';
import { exchange } from './http1/exchange.ts';
import { NoConnectionYet } from './too-slow.ts';

const keepAliveMs = 30_000;

/**
 * One HTTP/1.1 connection for requests that come one after the other. A program that sends a single request is a third faster with it than with HTTP/2 or Node's HTTP/1.1,
 * whose modules alone take Node longer to load than the request takes; whoever wants a second one while it is busy is better served by HTTP/2.
 */
export class FirstConnection implements Disposable {
  readonly #url: URL;
  readonly #open: () => Promise<Socket | undefined>;
  #idle: Socket | undefined;
  #isBusy = false;
  #isRefused = false;
  #isRetired = false;

  /** `open` answers undefined where there is no such connection. */
  constructor(url: URL, open: () => Promise<Socket | undefined>) {
    this.#url = url;
    this.#open = open;
  }

  /** Whether a request would go at once. */
  get isFree(): boolean {
    return !this.#isBusy && !this.#isRefused && !this.#isRetired;
  }

  /** Undefined when there is no such connection, or the server does not speak HTTP/1.1: nothing was sent. */
  async send(request: HttpRequest): Promise<HttpResponse | undefined> {
    this.#isBusy = true;
    try {
      const socket = this.#takeIdle() ?? (await this.#connect(request.signal));
      // Whoever retired it meanwhile wants nothing sent this way.
      if (!socket || this.#isRetired) {
        socket?.destroy();
        this.#isBusy = false;
        this.#isRefused = true;
        return undefined;
      }
      const response = await exchange(socket, this.#url.host, request, () => this.#keep(socket));
      response.body.once('close', () => (this.#isBusy = false));
      return response;
    } catch (error) {
      this.#isBusy = false;
      this.#isRefused = (error as NodeJS.ErrnoException).code === 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL';
      if (this.#isRefused) return undefined;
      throw error;
    }
  }

  /** What is under way ends; nothing else is sent. */
  retire(): void {
    this.#isRetired = true;
    this.#idle?.destroy();
  }

  [Symbol.dispose](): void {
    this.retire();
  }

  #takeIdle(): Socket | undefined {
    const socket = this.#idle;
    this.#idle = undefined;
    if (!socket || socket.destroyed) return undefined;
    return socket.off('close', this.#forget).ref();
  }

  readonly #forget = (): void => void (this.#idle = undefined);

  /** Until the next request: a program may end meanwhile, and the server may close it. */
  #keep(socket: Socket): void {
    if (this.#isRetired) return void socket.destroy();
    this.#idle = socket.on('close', this.#forget).unref();
  }

  async #connect(signal: AbortSignal | undefined): Promise<Socket | undefined> {
    const socket = await (signal ? unlessAborted(this.#open(), signal) : this.#open());
    return socket?.setKeepAlive(true, keepAliveMs);
  }
}

function unlessAborted(opening: Promise<Socket | undefined>, signal: AbortSignal): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      reject(new NoConnectionYet(signal.reason));
      opening.then((socket) => socket?.destroy()).catch(() => undefined);
    };
    signal.addEventListener('abort', giveUp, { once: true });
    opening.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}
