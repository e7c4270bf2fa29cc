import type { Agent } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { HttpRequest, HttpResponse } from './http-transport.ts';
import { agentOver, sendHttp1 } from './http1-request.ts';

/**
 * One HTTP/1.1 connection for requests that come one after the other. A program that sends a single request is a quarter faster with it than with HTTP/2, whose module alone
 * takes Node longer to load than the request takes; whoever wants a second one while it is busy is better served by HTTP/2.
 */
export class FirstConnection implements Disposable {
  readonly #url: URL;
  readonly #agent: Agent;
  #isBusy = false;
  #isRefused = false;

  constructor(url: URL, open: () => Promise<TLSSocket>) {
    this.#url = url;
    this.#agent = agentOver(open, { maxSockets: 1 });
  }

  /** Whether a request would go at once. */
  get isFree(): boolean {
    return !this.#isBusy && !this.#isRefused;
  }

  /** Undefined when the server does not speak HTTP/1.1: nothing was sent. */
  async send(request: HttpRequest): Promise<HttpResponse | undefined> {
    this.#isBusy = true;
    try {
      const response = await sendHttp1(this.#url, this.#agent, request);
      response.body.once('close', () => (this.#isBusy = false));
      return response;
    } catch (error) {
      this.#isBusy = false;
      this.#isRefused = (error as NodeJS.ErrnoException).code === 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL';
      if (this.#isRefused) return undefined;
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}
