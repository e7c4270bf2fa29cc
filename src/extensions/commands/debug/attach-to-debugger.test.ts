import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import type { ContainerState, Pod } from '../../../api/generated/core-v1.ts';
import type { CommandContext } from '../../../extension-points/commands/contract.ts';
import { systemClock } from '../../../kernel/clock.ts';
import { attachToDebugger } from './attach-to-debugger.ts';

const podWith = (...states: (ContainerState | undefined)[]): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'pod', namespace: 'ns' },
  spec: { containers: [{ name: 'main' }], ephemeralContainers: [{ name: 'debugger' }] },
  status: {
    ephemeralContainerStatuses: states
      .filter((state) => state !== undefined)
      .map((state) => ({ name: 'debugger', image: '', imageID: '', ready: false, restartCount: 0, state })),
  },
});

/** A server that shows a pod in one state after the other, whose containers cannot be joined. */
async function attach(shown: readonly Pod[], { isQuiet = false, ends }: { isQuiet?: boolean; ends?: Pod } = {}): Promise<Record<string, unknown>> {
  const outputs = { stdout: '', stderr: '' };
  const output = (name: keyof typeof outputs) => ({
    write: (text: string | Uint8Array) => void (outputs[name] += Buffer.from(text as string).toString()),
    drained: async () => {},
    hasColours: false,
  });
  const asked: string[] = [];
  const client = {
    json: async ({ path }: { path: string }) => (asked.push(path), { metadata: { resourceVersion: '1' }, items: shown.slice(0, 1) }),
    async *events() {
      for (const object of shown.slice(1)) yield { type: 'MODIFIED', object };
      if (ends) yield { type: 'DELETED', object: ends };
    },
    raw: async ({ path }: { path: string }) => (asked.push(path), { status: 200, headers: {}, body: Readable.from([Buffer.from('what it said\n')]) }),
  };
  const host = {
    program: 'kubectl',
    clock: systemClock,
    streams: { stdin: { isTerminal: false }, stdout: output('stdout'), stderr: output('stderr') },
    cluster: {
      client: () => client,
      mapper: () => ({ resourceForKind: async () => ({ group: '', version: 'v1', resource: 'pods', kind: 'Pod', namespaced: true }) }),
      connection: () => {
        throw new Error('no way in');
      },
    },
  } as unknown as CommandContext;
  const error = await attachToDebugger(host, podWith(), { container: 'debugger', stdin: false, tty: false, isQuiet }).then(
    () => '',
    (thrown: Error) => thrown.message,
  );
  return { ...outputs, error, asked };
}

const ended: ContainerState = { terminated: { exitCode: 1 } };
const list = '/api/v1/namespaces/ns/pods?fieldSelector=metadata.name%3Dpod';
const log = '/api/v1/namespaces/ns/pods/pod/log?container=debugger';

describe('joining a container for debugging', () => {
  it('prints the log of one that has ended', async () =>
    assert.deepEqual(await attach([podWith(ended)]), { stdout: 'what it said\n', stderr: '', error: '', asked: [list, log] }));

  it('waits until it has begun, and tells why it has not', async () => {
    const waiting = (message?: string): Pod => podWith({ waiting: { reason: 'ErrImagePull', ...(message ? { message } : {}) } });
    const shown = [podWith(), waiting(), waiting('no such image'), waiting('no such image'), podWith(ended)];
    const line = 'Warning: container debugger: no such image\n';
    assert.deepEqual(await attach(shown), { stdout: 'what it said\n', stderr: line + line, error: '', asked: [list, log] });
    assert.equal((await attach(shown, { isQuiet: true }))['stderr'], '');
  });

  it('gives up when the pod is deleted', async () => assert.equal((await attach([podWith()], { ends: podWith() }))['error'], 'pods "" not found'));

  it('prints the log of one that cannot be joined', async () => {
    const { stdout, stderr } = await attach([podWith({ running: {} })], { isQuiet: true });
    assert.deepEqual([stdout, stderr], ['what it said\n', "warning: couldn't attach to pod/pod, falling back to streaming logs: no way in\n"]);
  });
});
