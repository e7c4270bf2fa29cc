import { parentPort, workerData } from 'node:worker_threads';
import { RevisionFile } from './revision-file.ts';
import type { WorkerAnswer, WorkerFailure, WorkerOptions, WorkerRequest } from './worker-protocol.ts';

/**
 * The thread that owns the file. It knows nothing of conflicts or revisions: it inserts, deletes and reads rows as told, and answers when that is durable.
 * The first answer, before any request, says whether the file could be opened.
 */
let file: RevisionFile;
const send = (answer: WorkerAnswer, transfer: ArrayBuffer[] = []): void => parentPort?.postMessage(answer, transfer);

answer(() => {
  file = new RevisionFile(workerData as WorkerOptions);
  return 0;
});
parentPort?.on('message', (request: WorkerRequest) => {
  answer(() => serve(request));
  if (request.kind === 'close') parentPort?.close();
});

function serve(request: WorkerRequest): number {
  switch (request.kind) {
    case 'load':
      return file.load((rows, values) => send({ kind: 'rows', rows, values }, [values.buffer as ArrayBuffer]));
    case 'commit':
      file.insert(request.rows, request.values);
      return 0;
    case 'compact':
      file.compact(request.revision, request.sequences);
      return 0;
    case 'size':
      return file.sizeBytes();
    case 'close':
      file.close();
      return 0;
  }
}

function answer(work: () => number): void {
  try {
    send({ kind: 'done', value: work() });
  } catch (error) {
    send({ kind: 'failed', failure: failureOf(error) });
  }
}

function failureOf(error: unknown): WorkerFailure {
  const resultCode = error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : 0;
  return { resultCode, text: error instanceof Error ? error.message : String(error) };
}
