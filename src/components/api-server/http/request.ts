import { randomUUID } from 'node:crypto';
import type { UserInfo } from '../../../extension-points/authentication/contract.ts';
import type { RequestContext } from '../operations/context.ts';
import type { Exchange } from './exchange.ts';
import type { Answering } from './respond.ts';

/** One HTTP request on its way through the pipeline: its context and what its answer carries. */
export class HttpRequest implements RequestContext, Answering {
  readonly exchange: Exchange;
  readonly requestId: string;
  readonly warnings: string[] = [];
  readonly gzipBytes: number;
  user: UserInfo;

  constructor(exchange: Exchange, user: UserInfo, gzipBytes: number) {
    this.exchange = exchange;
    this.requestId = randomUUID();
    this.user = user;
    this.gzipBytes = gzipBytes;
  }

  get signal(): AbortSignal {
    return this.exchange.signal;
  }

  warn(text: string): void {
    this.warnings.push(text);
  }
}
