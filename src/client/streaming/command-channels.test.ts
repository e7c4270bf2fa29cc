import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { readBody } from '../response-body.ts';
import { openCommandChannels } from './command-channels.ts';
import { openPortConnection } from './port-connection.ts';

/** One unmasked binary or close frame (RFC 6455, section 5.2). */
const frame = (opcode: number, payload: Buffer): Buffer => {
  const { length } = payload;
  return Buffer.concat([Buffer.from(length < 126 ? [0x80 | opcode, length] : [0x80 | opcode, 126, length >> 8, length & 0xff]), payload]);
};
const onChannel = (number: number, text: string): Buffer => frame(2, Buffer.concat([Buffer.from([number]), Buffer.from(text)]));
/** Of whole frames from a client: short and masked. */
function opcodesOf(bytes: Buffer): number[] {
  const opcodes: number[] = [];
  for (let at = 0; at < bytes.length; at += 6 + (bytes[at + 1]! & 0x7f)) opcodes.push(bytes[at]! & 0x0f);
  return opcodes;
}
const normalClosure = frame(8, Buffer.from([0x03, 0xe8]));

describe('streams of a command', () => {
  const server = createServer();
  const sockets = new Set<Socket>();
  /** What the server sends with its answer, in the same packet. */
  let atOnce: Buffer = Buffer.alloc(0);
  before(async () => {
    server.on('upgrade', ({ headers }, socket: Socket) => {
      sockets.add(socket.on('error', () => undefined));
      // The client's answer to the close.
      socket.on('data', (bytes: Buffer) => opcodesOf(bytes).includes(8) && socket.end());
      const accept = createHash('sha1').update(`${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${accept}`];
      socket.write(Buffer.concat([Buffer.from([...head, `Sec-WebSocket-Protocol: ${headers['sec-websocket-protocol']}`, '', ''].join('\r\n')), atOnce]));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const connection = () => ({ server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, namespace: 'default' });

  it('lose nothing of a command that is over before anybody listens', async () => {
    atOnce = Buffer.concat([onChannel(1, 'out'), onChannel(2, 'err'), onChannel(3, '{"status":"Success"}'), normalClosure]);
    using channels = await openCommandChannels(connection(), {
      path: '/exec',
      wants: { stdin: false, stdout: true, stderr: true, tty: false },
      userAgent: 'test',
    });
    const texts = await Promise.all([channels.stdout!, channels.stderr!, channels.outcome].map((stream) => readBody(stream)));
    assert.deepEqual([texts.map(String), channels.problem()], [['out', 'err', '{"status":"Success"}'], undefined]);
  });

  it('say that they were cut off, even at once', async () => {
    atOnce = Buffer.concat([onChannel(1, 'out'), frame(8, Buffer.from([0x03, 0xf3]))]);
    using channels = await openCommandChannels(connection(), {
      path: '/exec',
      wants: { stdin: false, stdout: true, stderr: false, tty: false },
      userAgent: 'test',
    });
    assert.deepEqual([String(await readBody(channels.stdout!)), String(await readBody(channels.outcome))], ['out', '']);
    assert.equal(channels.problem(), 'next reader: websocket: close 1011');
  });

  it('wait for a reader for as long as it takes', async (test) => {
    const pieces = Array.from({ length: 200 }, (_, index) => onChannel(1, String(index).padStart(50_000, '.')));
    atOnce = Buffer.concat([...pieces, onChannel(3, '{}'), normalClosure]);
    test.mock.timers.enable({ apis: ['setInterval', 'Date'] });
    using channels = await openCommandChannels(connection(), {
      path: '/exec',
      wants: { stdin: false, stdout: true, stderr: false, tty: false },
      userAgent: 'test',
    });
    const { stdout } = channels;
    while (stdout!.readableLength < stdout!.readableHighWaterMark) await nextTurn();
    for (let seconds = 0; seconds < 120; seconds += 5) test.mock.timers.tick(5_000);
    const texts = await Promise.all([channels.stdout!, channels.outcome].map((stream) => readBody(stream)));
    assert.deepEqual([texts.map(({ length }) => length), channels.problem()], [[10_000_000, 2], undefined]);
  });

  it('of forwarded ports end with a server that closes at once', { timeout: 10_000 }, async () => {
    atOnce = normalClosure;
    const ports = await openPortConnection(connection(), { path: '/portforward', userAgent: 'test' });
    const stream = ports.openStream({ streamType: 'data' });
    await assert.rejects(async () => {
      for await (const _chunk of stream);
      throw new Error('ended');
    });
    ports.destroy();
  });
});
