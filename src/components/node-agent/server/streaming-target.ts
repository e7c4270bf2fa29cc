import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { podUid } from '../directories.ts';
import type { StreamTarget } from '../streaming/stream-target.ts';
import { HttpError } from './http-error.ts';
import { type FoundPod, runningContainer } from './pod-lookup.ts';

/** Speaks the streaming protocols with clients and the runtime. */
export interface StreamingHandlers {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, target: StreamTarget): void | Promise<void>;
}

const maximumCommandParts = 10_000;

/** Reads what a request asks for. Throws `HttpError`. */
export function streamingTarget(kind: StreamTarget['kind'], found: FoundPod, containerName: string, query: URLSearchParams): StreamTarget {
  if (kind === 'port-forward') return { kind, sandboxId: readySandbox(found), ports: portsOf(query) };
  const container = runningContainer(found, containerName);
  const flag = (...names: string[]): boolean => names.some((name) => ['1', 'true'].includes(query.get(name) ?? ''));
  const tty = flag('tty');
  // The API's names, and the older ones a kubelet is asked with.
  const streams = { stdin: flag('stdin', 'input'), stdout: flag('stdout', 'output'), stderr: flag('stderr', 'error') && !tty, tty };
  if (!streams.stdin && !streams.stdout && !streams.stderr) throw new HttpError(400, 'you must specify at least 1 of stdin, stdout, stderr');
  if (kind === 'attach') return { kind, containerId: container.id, ...streams };
  const command = query.getAll('command');
  if (command.length === 0 || command.length > maximumCommandParts) throw new HttpError(400, 'you must specify a command to execute');
  return { kind, containerId: container.id, command, ...streams };
}

function readySandbox({ endpoint, pod }: FoundPod): string {
  const sandbox = endpoint.observed(podUid(pod)).sandboxes[0];
  if (sandbox?.state !== 'ready') throw new HttpError(500, `pod not found ("${pod.metadata.name}_${pod.metadata.namespace}")`);
  return sandbox.id;
}

function portsOf(query: URLSearchParams): number[] {
  return query
    .getAll('port')
    .concat(query.getAll('ports'))
    .flatMap((text) => text.split(','))
    .map((text) => {
      const port = Number(text);
      if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new HttpError(400, `invalid port ${JSON.stringify(text)}`);
      return port;
    });
}
