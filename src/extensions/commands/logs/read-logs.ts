import { setTimeout as sleep } from 'node:timers/promises';
import { pods } from '../../../api/generated/resource-types.ts';
import { ApiError } from '../../../api/status.ts';
import { NoAnswer } from '../../../client/no-answer.ts';
import { queryText, resourcePath } from '../../../client/request-paths.ts';
import { errorOfResponse } from '../../../client/response-body.ts';
import type { LogSource } from './find-logs.ts';
import type { LogParameters, LogsContext } from './logs-flags.ts';

const retryEveryMs = 1_000;

/** Prints logs one after the other; several that are followed, side by side. */
export async function readLogs(context: LogsContext, sources: readonly LogSource[], parameters: LogParameters): Promise<void> {
  const { flags } = context;
  const limit = flags['max-log-requests'];
  const isParallel = flags.follow && sources.length > 1;
  if (isParallel && sources.length > limit)
    throw new Error(
      `you are attempting to follow ${sources.length} log streams, but maximum allowed concurrency is ${limit}, use --max-log-requests to increase the limit`,
    );
  if (isParallel) await Promise.all(sources.map((source) => readPatiently(context, source, parameters)));
  else for (const source of sources) await readPatiently(context, source, parameters);
}

/** A log that is followed is asked for again while the server refuses it, as long as a pod may take to run. */
async function readPatiently(context: LogsContext, source: LogSource, parameters: LogParameters): Promise<void> {
  const { flags, streams, clock } = context;
  const deadline = clock.now() + flags['pod-running-timeout'];
  for (;;) {
    try {
      return await readLog(context, source, parameters);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (flags['ignore-errors']) return streams.stdout.write(`error: ${message}\n`);
      if (!flags.follow) throw error;
      streams.stderr.write(`${message}\n`);
      if (!(error instanceof ApiError) || error instanceof NoAnswer) throw error;
      if (clock.now() + retryEveryMs > deadline) throw new Error('context deadline exceeded', { cause: error });
      await sleep(retryEveryMs);
    }
  }
}

async function readLog({ cluster, flags, streams }: LogsContext, { namespace, pod, container }: LogSource, parameters: LogParameters): Promise<void> {
  const path = resourcePath(pods, { namespace, name: pod, subresource: 'log' }) + queryText({ container, ...parameters });
  const response = await cluster.client().raw({ method: 'GET', path });
  if (response.status !== 200) throw await errorOfResponse(response);
  const prefix = flags.prefix || flags['all-pods'] ? Buffer.from(`[pod/${pod}/${container}] `) : undefined;
  const pieces = prefix === undefined && !flags.follow ? (response.body as AsyncIterable<Buffer>) : wholeLines(response.body as AsyncIterable<Buffer>, prefix);
  for await (const piece of pieces) {
    streams.stdout.write(piece);
    await streams.stdout.drained();
  }
}

const newline = 0x0a;
const maximumLineBytes = 16 * 1024 * 1024;

/** Cuts at the ends of lines, so that logs side by side mix line by line; puts a prefix in front of each. A line that is too long to keep is passed on in parts. */
export async function* wholeLines(chunks: AsyncIterable<Buffer>, prefix: Buffer | undefined): AsyncIterable<Buffer> {
  let kept: Buffer[] = [];
  let keptBytes = 0;
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(newline) + 1;
    if (end > 0) {
      yield prefixed(Buffer.concat([...kept, chunk.subarray(0, end)]), prefix);
      kept = [];
      keptBytes = 0;
    }
    if (end < chunk.length) {
      kept.push(chunk.subarray(end));
      keptBytes += chunk.length - end;
    }
    if (keptBytes > maximumLineBytes) {
      yield prefixed(Buffer.concat(kept), prefix);
      kept = [];
      keptBytes = 0;
    }
  }
  if (keptBytes > 0) yield prefixed(Buffer.concat(kept), prefix);
}

function prefixed(lines: Buffer, prefix: Buffer | undefined): Buffer {
  if (prefix === undefined) return lines;
  const parts: Buffer[] = [];
  for (let at = 0; at < lines.length; ) {
    const found = lines.indexOf(newline, at);
    const end = found < 0 ? lines.length : found + 1;
    parts.push(prefix, lines.subarray(at, end));
    at = end;
  }
  return Buffer.concat(parts);
}
