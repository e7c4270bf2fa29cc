import { setTimeout as after } from 'node:timers/promises';
import type { ContainerStatus } from '../../../api/generated/core-v1.ts';
import { podUid } from '../directories.ts';
import { type LogOptions, readLog } from '../logs/read-log.ts';
import { HttpError } from './http-error.ts';
import { type FoundPod, findContainer } from './pod-lookup.ts';

/** Reads `/containerLogs` queries. Throws 422 for what makes no sense, 400 for what is no number. */
export function parseLogOptions(query: URLSearchParams, nowMs: number): LogOptions & { previous: boolean } {
  const sinceSeconds = wholeNumber(query, 'sinceSeconds', 1);
  const sinceTime = query.get('sinceTime');
  if (sinceSeconds !== undefined && sinceTime) throw new HttpError(422, 'at most one of `sinceTime` or `sinceSeconds` may be specified');
  const sinceMs = sinceSeconds === undefined ? (sinceTime ? Date.parse(sinceTime) : undefined) : nowMs - sinceSeconds * 1000;
  if (Number.isNaN(sinceMs)) throw new HttpError(400, `unable to decode query: sinceTime ${JSON.stringify(sinceTime)} is no time`);
  const tailLines = wholeNumber(query, 'tailLines', 0);
  const limitBytes = wholeNumber(query, 'limitBytes', 1);
  const stream = query.get('stream');
  return {
    previous: flag(query, 'previous'),
    follow: flag(query, 'follow'),
    timestamps: flag(query, 'timestamps'),
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
    ...(stream === 'Stdout' ? { stream: 'stdout' } : stream === 'Stderr' ? { stream: 'stderr' } : {}),
  };
}

const flag = (query: URLSearchParams, name: string): boolean => {
  const value = query.get(name);
  return value !== null && value !== 'false' && value !== '0';
};

function wholeNumber(query: URLSearchParams, name: string, minimum: number): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value)) throw new HttpError(400, `unable to decode query: ${name} ${JSON.stringify(text)} is no number`);
  if (value < minimum) throw new HttpError(422, `${name} must be at least ${minimum}`);
  return value;
}

/** The log of a container, checked to exist before the first piece is asked for. Throws 400 and 404 with upstream's texts. */
export async function openContainerLog(
  found: FoundPod,
  containerName: string,
  options: LogOptions & { previous: boolean },
  signal: AbortSignal,
): Promise<AsyncGenerator<Buffer>> {
  findContainer(found, containerName);
  const { endpoint, pod } = found;
  const status = endpoint.statusOf(pod);
  const all: readonly ContainerStatus[] = [
    ...(status.containerStatuses ?? []),
    ...(status.initContainerStatuses ?? []),
    ...(status.ephemeralContainerStatuses ?? []),
  ];
  const id = containerWithLogs(
    all.find(({ name }) => name === containerName),
    { containerName, podName: pod.metadata.name ?? '', previous: options.previous },
  );
  const container = endpoint.observed(podUid(pod)).containers.find((candidate) => candidate.id === id);
  const path =
    container?.logPath ||
    (await endpoint.runtime.containerStatus(id).then(
      ({ logPath }) => logPath,
      (cause: unknown) => {
        throw new HttpError(404, `unable to retrieve container logs for ${id}`, { cause });
      },
    ));
  let endedAtMs: number | undefined;
  const isRunning = (): boolean => {
    const is = endpoint.observed(podUid(pod)).containers.find((candidate) => candidate.id === id)?.state;
    if (is === 'running' || is === 'created') return true;
    // The last lines may reach the file a moment after the container was seen to end.
    endedAtMs ??= performance.now();
    return performance.now() - endedAtMs < 50;
  };
  return primed(readLog({ path, isRunning, signal }, options), options.follow === true);
}

/** Which container of a status has the logs that are asked for (upstream's rules and texts). */
export function containerWithLogs(status: ContainerStatus | undefined, names: { containerName: string; podName: string; previous: boolean }): string {
  const where = `container "${names.containerName}" in pod "${names.podName}"`;
  const idOf = (text: string | undefined): string | undefined => text?.split('://')[1];
  if (!status) throw new HttpError(400, `${where} is not available`);
  const last = idOf(status.lastState?.terminated?.containerID);
  if (names.previous) {
    if (!last) throw new HttpError(400, `previous terminated ${where} not found`);
    return last;
  }
  const { running, terminated, waiting } = status.state ?? {};
  const current = running ? idOf(status.containerID) : terminated ? (idOf(terminated.containerID) ?? last) : last;
  if (current) return current;
  const reasons: Readonly<Record<string, string>> = { ErrImagePull: "image can't be pulled", ImagePullBackOff: 'trying and failing to pull image' };
  if (waiting?.reason) throw new HttpError(400, `${where} is waiting to start: ${reasons[waiting.reason] ?? waiting.reason}`);
  throw new HttpError(400, `${where} is waiting to start - no logs yet`);
}

/** Waits a moment for the first piece, so that a log that cannot be opened is a refusal and not an answer that breaks off. */
async function primed(log: AsyncGenerator<Buffer>, isFollowing: boolean): Promise<AsyncGenerator<Buffer>> {
  const first = log.next();
  first.catch(() => {}); // thrown again below
  try {
    if (isFollowing) await Promise.race([first, after(20)]);
    else await first;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return empty();
    throw error;
  }
  return resume(first, log);
}

// eslint-disable-next-line require-yield -- a log that was never written
async function* empty(): AsyncGenerator<Buffer> {}

async function* resume(first: Promise<IteratorResult<Buffer>>, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  try {
    const { done, value } = await first;
    if (done) return;
    yield value;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}
