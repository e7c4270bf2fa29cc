import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Duplex } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { SpdyConnection, type SpdyStream } from '../../../client/streaming/spdy-connection.ts';
import type { Runtime } from '../../../extension-points/runtime/contract.ts';
import {
  skip,
  startPod,
  type TestContainerd,
  type TestPod,
  testContainerd,
  testImages,
} from '../../../extensions/runtime/containerd/testing/test-containerd.ts';
import { silentLog } from '../../../kernel/log.ts';
import { createStreamingHandlers, type StreamingHandlersOptions } from './create-streaming-handlers.ts';
import { openRuntimeStream } from './open-runtime-stream.ts';
import type { StreamTarget } from './stream-target.ts';

interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
}

/** An HTTP server whose upgrades all go to one target. */
async function serve(
  runtime: Pick<Runtime, 'exec' | 'attach' | 'portForward'>,
  target: StreamTarget,
  options: Partial<StreamingHandlersOptions> = {},
): Promise<TestServer> {
  const handlers = createStreamingHandlers({ runtime, log: silentLog, ...options });
  const server = createServer();
  server.on('upgrade', (request, socket, head) => void handlers.handleUpgrade(request, socket, head, target));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}/stream`,
    async [Symbol.asyncDispose]() {
      await handlers[Symbol.asyncDispose]();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const exec = (containerId: string, command: readonly string[], flags: Partial<StreamTarget & { kind: 'exec' }> = {}): StreamTarget => ({
  kind: 'exec',
  containerId,
  command,
  stdin: false,
  stdout: true,
  stderr: true,
  tty: false,
  ...flags,
});

/** What a WebSocket client got: text per channel, and how it was closed. */
interface Heard {
  channels: Record<number, string>;
  code: number;
  messages: number;
}

function talk(server: TestServer, protocol: string | undefined, begin: (client: WebSocket) => void = () => {}): Promise<Heard> {
  const client = new WebSocket(server.url.replace('http', 'ws'), protocol === undefined ? [] : [protocol]);
  const heard: Heard = { channels: {}, code: 0, messages: 0 };
  const isText = protocol?.includes('base64');
  return new Promise((resolve, reject) => {
    client.on('open', () => begin(client));
    client.on('message', (message: Buffer) => {
      heard.messages++;
      const channel = isText ? Number(message.toString('latin1', 0, 1)) : message[0]!;
      heard.channels[channel] =
        (heard.channels[channel] ?? '') + (isText ? Buffer.from(message.toString('latin1', 1), 'base64').toString('latin1') : message.toString('latin1', 1));
    });
    client.on('error', reject);
    client.on('close', (code) => resolve({ ...heard, code }));
  });
}

const channelMessage = (channel: number, data: string | Buffer): Buffer => Buffer.concat([Buffer.from([channel]), Buffer.from(data)]);

describe('streams to a real containerd', { skip }, () => {
  let subject: TestContainerd;
  let pod: TestPod;
  before(async () => {
    if (skip) return;
    subject = await testContainerd();
    await subject.containerd.importImages([testImages().nginx]);
    pod = await startPod(subject, 'shell', { words: ['sh', '-c', 'while true; do echo tick; sleep 0.2; done'] });
  });
  after(async () => subject?.[Symbol.asyncDispose]());

  for (const protocol of ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'v4.base64.channel.k8s.io']) {
    it(`runs a command over ${protocol} and tells its exit code`, async () => {
      await using server = await serve(subject.containerd.runtime, exec(pod.containerId, ['sh', '-c', 'echo out; echo err >&2; exit 3']));
      const { channels, code } = await talk(server, protocol);
      assert.deepEqual([channels[1], channels[2], code], ['out\n', 'err\n', 1000]);
      const status = JSON.parse(channels[3]!) as { status: string; reason: string; details: { causes: unknown[] } };
      assert.deepEqual([status.status, status.reason, status.details.causes], ['Failure', 'NonZeroExitCode', [{ reason: 'ExitCode', message: '3' }]]);
    });
  }

  it('tells success as a Status', async () => {
    await using server = await serve(subject.containerd.runtime, exec(pod.containerId, ['true']));
    assert.equal((JSON.parse((await talk(server, 'v5.channel.k8s.io')).channels[3]!) as { status: string }).status, 'Success');
  });

  for (const [protocol, name] of [
    ['channel.k8s.io', 'channel.k8s.io'],
    ['base64.channel.k8s.io', 'base64.channel.k8s.io'],
    [undefined, 'no protocol'],
  ] as const) {
    it(`tells failures as text over ${name}`, async () => {
      await using server = await serve(subject.containerd.runtime, exec(pod.containerId, ['sh', '-c', 'echo out; exit 4']));
      const { channels } = await talk(server, protocol);
      assert.equal(channels[1], 'out\n');
      assert.match(channels[3]!, /^command terminated with non-zero exit code/);
    });
  }

  it('sends nothing before the client reads', async () => {
    await using server = await serve(subject.containerd.runtime, exec(pod.containerId, ['echo', 'early']));
    const client = new WebSocket(server.url.replace('http', 'ws'), ['v5.channel.k8s.io'], { autoPong: false });
    const order: string[] = [];
    client.on('ping', () => {
      setTimeout(() => {
        order.push('reads');
        client.pong();
      }, 30);
    });
    client.on('message', () => order.push('message'));
    await once(client, 'close');
    assert.deepEqual(order, ['reads', 'message', 'message', 'message']);
  });

  it('ends the input of a command when a v5 client closes its half', async () => {
    await using server = await serve(subject.containerd.runtime, exec(pod.containerId, ['cat'], { stdin: true }));
    const { channels } = await talk(server, 'v5.channel.k8s.io', (client) => {
      client.send(channelMessage(0, 'what goes in '));
      client.send(channelMessage(0, 'comes out'));
      client.send(Buffer.from([255, 0]));
    });
    assert.equal(channels[1], 'what goes in comes out');
    assert.match(channels[3]!, /Success/);
  });

  it('carries megabytes both ways unchanged', async () => {
    const bytes = randomBytes(3 * 1024 * 1024);
    await using server = await serve(subject.containerd.runtime, exec(pod.containerId, ['cat'], { stdin: true }));
    const { channels } = await talk(server, 'v5.channel.k8s.io', (client) => {
      for (let offset = 0; offset < bytes.length; offset += 32_768) client.send(channelMessage(0, bytes.subarray(offset, offset + 32_768)));
      client.send(Buffer.from([255, 0]));
    });
    assert.ok(Buffer.from(channels[1]!, 'latin1').equals(bytes));
  });

  it('gives a terminal, and changes its size', async () => {
    await using server = await serve(
      subject.containerd.runtime,
      exec(pod.containerId, ['sh', '-c', 'while [ "$(stty size)" != "33 44" ]; do sleep 0.05; done; stty size; tty; sleep 0.1'], {
        stdin: true,
        tty: true,
        stderr: false,
      }),
    );
    const { channels } = await talk(server, 'v5.channel.k8s.io', (client) => client.send(channelMessage(4, '{"Width":44,"Height":33}')));
    assert.match(channels[1]!, /33 44\r\n\/dev\/pts\/\d/);
  });

  it('stops a command that reads when its client leaves', async () => {
    await using server = await serve(subject.containerd.runtime, exec(pod.containerId, ['sh', '-c', 'echo here; cat; echo gone > /tmp/left'], { stdin: true }));
    await talk(server, 'v5.channel.k8s.io', (client) => client.once('message', () => client.close()));
    const { runtime } = subject.containerd;
    while ((await runtime.execSync(pod.containerId, ['cat', '/tmp/left'], 5)).exitCode !== 0) await new Promise((resolve) => setTimeout(resolve, 25));
  });

  it('attaches to the output of a running container', async () => {
    await using server = await serve(subject.containerd.runtime, {
      kind: 'attach',
      containerId: pod.containerId,
      stdin: false,
      stdout: true,
      stderr: true,
      tty: false,
    });
    const { channels } = await talk(server, 'v5.channel.k8s.io', (client) => {
      client.on('message', (message: Buffer) => message.length > 1 && client.close());
    });
    assert.match(channels[1]!, /tick\n/);
  });

  it('passes SPDY clients through', async () => {
    await using server = await serve(subject.containerd.runtime, exec(pod.containerId, ['sh', '-c', 'cat; exit 5'], { stdin: true, stderr: false }));
    const { socket, head } = await openRuntimeStream(server.url, ['v4.channel.k8s.io']);
    const connection = new SpdyConnection(socket, head);
    const [error, stdin, stdout] = ['error', 'stdin', 'stdout'].map((streamType) => connection.openStream({ streamType })) as [
      SpdyStream,
      SpdyStream,
      SpdyStream,
    ];
    stdin.end('through and through');
    assert.equal(await textOf(stdout), 'through and through');
    assert.match(await textOf(error), /"ExitCode","message":"5"/);
    connection.destroy();
    await connection.closed;
  });

  it('forwards ports over the tunnel that kubectl uses', async () => {
    const web = await startWebServer(subject, 'web');
    await using server = await serve(subject.containerd.runtime, { kind: 'port-forward', sandboxId: web.sandboxId, ports: [] });
    const connection = new SpdyConnection(await tunnel(server), Buffer.alloc(0));
    const errors = connection.openStream({ streamType: 'error', port: '80', requestID: '0' });
    const data = connection.openStream({ streamType: 'data', port: '80', requestID: '0' });
    errors.end();
    data.write('GET / HTTP/1.0\r\n\r\n');
    assert.match(await textOf(data), /Welcome to nginx/);
    assert.equal(await textOf(errors), '');
    connection.destroy();
    await connection.closed;
  });

  it('forwards ports of the older form, and tells what is refused', async () => {
    const web = await startWebServer(subject, 'web-too');
    await using server = await serve(subject.containerd.runtime, { kind: 'port-forward', sandboxId: web.sandboxId, ports: [80, 81] });
    const { channels } = await talk(server, 'v4.channel.k8s.io', (client) => client.send(channelMessage(0, 'GET / HTTP/1.0\r\n\r\n')));
    assert.match(channels[0]!, /^P\0HTTP\/1.1 200/);
    assert.equal(channels[1], 'P\0');
    assert.equal(channels[2], 'Q\0');
    assert.match(channels[3]!, /^Q\0.*refused/s);
  });

  it("answers with the runtime's refusal before anything is upgraded", async () => {
    await using server = await serve(subject.containerd.runtime, exec('0'.repeat(64), ['true']));
    for (const upgrade of ['SPDY/3.1', 'websocket']) assert.match(await rawUpgrade(server, upgrade), /^HTTP\/1\.1 (404|500) .*not found/s);
  });
});

describe('streaming handlers', () => {
  const unused = (): Promise<string> => Promise.reject(new Error('not to be called'));
  const runtime = { exec: unused, attach: unused, portForward: unused };
  const silent = { exec: () => new Promise<string>(() => {}), attach: unused, portForward: unused };

  it('refuses other upgrades', async () => {
    await using server = await serve(runtime, exec('a', ['true']));
    assert.match(await rawUpgrade(server, 'h2c'), /^HTTP\/1\.1 400 /);
  });

  it('refuses unknown sub-protocols', async () => {
    await using server = await serve(runtime, exec('a', ['true']));
    assert.match(
      await rawUpgrade(server, 'websocket', 'Sec-WebSocket-Protocol: v9.channel.k8s.io\r\n'),
      /^HTTP\/1\.1 403 .*requested protocol\(s\) are not supported: \[v9\.channel\.k8s\.io\]/s,
    );
  });

  it('answers 503 when the streaming server of the runtime is gone', async () => {
    await using server = await serve({ ...runtime, exec: async () => 'http://127.0.0.1:1/exec/token' }, exec('a', ['true']));
    for (const upgrade of ['SPDY/3.1', 'websocket']) assert.match(await rawUpgrade(server, upgrade), /^HTTP\/1\.1 503 .*cannot be reached/s);
  });

  it('opens no more connections than it may', async () => {
    await using server = await serve(silent, exec('a', ['true']), { maximumConnections: 1 });
    const first = rawUpgrade(server, 'SPDY/3.1');
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.match(await rawUpgrade(server, 'SPDY/3.1'), /^HTTP\/1\.1 429 /);
    await server[Symbol.asyncDispose]();
    assert.equal(await first, '');
  });

  it('closes connections that are silent for too long', async () => {
    await using server = await serve(silent, exec('a', ['true']), { idleTimeoutMs: 20 });
    assert.equal(await rawUpgrade(server, 'SPDY/3.1'), '');
  });
});

async function startWebServer(subject: TestContainerd, name: string): Promise<TestPod> {
  const web = await startPod(subject, name, { image: 'nginx', words: [] });
  const isServing = async (): Promise<boolean> =>
    (await subject.containerd.runtime.execSync(web.containerId, ['wget', '-qO/dev/null', 'http://127.0.0.1/'], 5)).exitCode === 0;
  while (!(await isServing())) await new Promise((resolve) => setTimeout(resolve, 25));
  return web;
}

async function textOf(stream: SpdyStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

/** What goes through a WebSocket as kubectl opens it. Written out, since the client library refuses the name of the sub-protocol. */
async function tunnel(server: TestServer): Promise<Duplex> {
  const name = 'SPDY/3.1+portforward.k8s.io';
  const asked = request(server.url, {
    agent: false,
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-protocol': name,
    },
  }).end();
  const [response, socket] = (await once(asked, 'upgrade')) as [IncomingMessage, Duplex, Buffer];
  assert.equal(response.headers['sec-websocket-protocol'], name);
  let pending: Buffer = Buffer.alloc(0);
  const inside = new Duplex({
    read() {},
    // Client frames are masked; a mask of zeros changes nothing.
    write(chunk: Buffer, _encoding, done) {
      const header = Buffer.from([0x82, 0xfe, chunk.length >> 8, chunk.length & 0xff, 0, 0, 0, 0]);
      socket.write(Buffer.concat([header, chunk]), () => done());
    },
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    for (let size = frameSize(pending); size && pending.length >= size.header + size.body; size = frameSize(pending)) {
      if ((pending[0]! & 0x0f) === 2) inside.push(pending.subarray(size.header, size.header + size.body));
      pending = pending.subarray(size.header + size.body);
    }
  });
  socket.on('error', (error) => inside.destroy(error));
  socket.once('close', () => inside.destroy());
  return inside;
}

function frameSize(bytes: Buffer): { header: number; body: number } | undefined {
  const short = (bytes[1] ?? 0) & 0x7f;
  const header = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < header) return undefined;
  return { header, body: short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2)) };
}

/** Everything the server answers to an upgrade, up to the end of the connection. */
function rawUpgrade(server: TestServer, upgrade: string, headers = ''): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(server.port, '127.0.0.1');
    let said = '';
    socket.write(
      `GET /stream HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${upgrade}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${headers}\r\n`,
    );
    socket.setEncoding('utf8').on('data', (text: string) => (said += text));
    socket.on('error', () => {});
    socket.once('close', () => resolve(said));
  });
}
