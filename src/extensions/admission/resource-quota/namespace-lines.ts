import { ApiError, internalError } from '../../../api/status.ts';
import type { AdmissionRequest, ValidationOutcome } from '../../../extension-points/admission/contract.ts';
import type { Clock } from '../../../kernel/clock.ts';

/** Upstream's: who is not answered by then is refused. */
const patienceMs = 10_000;
const longestLine = 10_000;

interface Waiting {
  readonly request: AdmissionRequest;
  readonly resolve: (outcome: ValidationOutcome) => void;
  readonly reject: (error: Error) => void;
}

/** Answers requests of one namespace together: those that come while others are being served wait for the next turn. Namespaces do not wait for each other. */
export class NamespaceLines {
  readonly #clock: Pick<Clock, 'after'>;
  readonly #serve: (namespace: string, requests: readonly AdmissionRequest[]) => Promise<readonly ValidationOutcome[]>;
  /** Who waits, in namespaces that are being served. */
  readonly #lines = new Map<string, Waiting[]>();

  constructor(
    { clock }: { readonly clock: Pick<Clock, 'after'> },
    /** Answers each request, in order. A rejection is that of all of them. */
    serve: (namespace: string, requests: readonly AdmissionRequest[]) => Promise<readonly ValidationOutcome[]>,
  ) {
    this.#clock = clock;
    this.#serve = serve;
  }

  ask(request: AdmissionRequest): Promise<ValidationOutcome> {
    const { promise, resolve, reject } = Promise.withResolvers<ValidationOutcome>();
    const waiting: Waiting = { request, resolve, reject };
    const line = this.#lines.get(request.namespace);
    if (line && line.length >= longestLine)
      return Promise.resolve({ kind: 'deny', error: new ApiError(429, 'TooManyRequests', 'too many writes wait for the quotas of their namespace') });
    const timer = this.#clock.after(patienceMs, () => this.#giveUp(waiting));
    if (line) line.push(waiting);
    else void this.#serveAll(request.namespace, [waiting]);
    return promise.finally(() => timer[Symbol.dispose]());
  }

  async #serveAll(namespace: string, first: Waiting[]): Promise<void> {
    const line: Waiting[] = [];
    this.#lines.set(namespace, line);
    for (let together = first; together.length > 0; together = line.splice(0)) {
      try {
        const outcomes = await this.#serve(
          namespace,
          together.map(({ request }) => request),
        );
        for (const [index, { resolve }] of together.entries()) resolve(outcomes[index]!);
      } catch (error) {
        for (const { reject } of together) reject(error instanceof Error ? error : new Error(String(error)));
      }
    }
    this.#lines.delete(namespace);
  }

  #giveUp(waiting: Waiting): void {
    const line = this.#lines.get(waiting.request.namespace) ?? [];
    const place = line.indexOf(waiting);
    if (place >= 0) line.splice(place, 1);
    waiting.resolve({ kind: 'deny', error: internalError('resource quota evaluation timed out') });
  }
}
