import { randomUUID } from 'node:crypto';
import type { UserInfo } from '../../../extension-points/authentication/contract.ts';
import type { RequestRecord } from '../audit/auditor.ts';
import type { Classification } from '../fairness/overloaded.ts';
import type { RequestContext } from '../operations/context.ts';
import type { ServerLimits } from '../options.ts';
import type { Exchange } from './exchange.ts';
import type { Answering } from './respond.ts';

/** One HTTP request on its way through the pipeline: its context and what its answer carries. */
export class HttpRequest implements RequestContext, Answering {
  readonly exchange: Exchange;
  readonly requestId: string;
  readonly warnings: string[] = [];
  /** Where the request is recorded for audit, when it is. */
  record: RequestRecord | undefined;
  /** By what it was classified, once it has been let in. */
  classification: Classification | undefined;
  /** Called when a watch has sent what was there at its beginning. */
  initialized: (() => void) | undefined;
  readonly gzipBytes: number;
  user: UserInfo;

  readonly #answerSeconds: number;

  constructor(exchange: Exchange, user: UserInfo, { gzipBytes, answerSeconds }: Pick<ServerLimits, 'gzipBytes' | 'answerSeconds'>) {
    this.exchange = exchange;
    this.requestId = exchange.header('audit-id') || randomUUID();
    this.user = user;
    this.gzipBytes = gzipBytes;
    this.#answerSeconds = answerSeconds;
  }

  get userAgent(): string | undefined {
    return this.exchange.header('user-agent');
  }

  get signal(): AbortSignal {
    return this.exchange.signal;
  }

  /** Settles when the answer has left, as `Exchange.left` has it. The client's time to take it begins with the first call. */
  left(): Promise<void> | undefined {
    return this.exchange.left(this.#answerSeconds);
  }

  warn(text: string): void {
    this.warnings.push(text);
  }
}
