import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ClientMessage, commandProtocols, decodeChannelMessage, encodeChannelMessage } from './channel-protocol.ts';

const named = (name: string) => commandProtocols.find((protocol) => protocol.name === name)!;
const v4 = named('v4.channel.k8s.io');
const v5 = named('v5.channel.k8s.io');
const base64 = named('v4.base64.channel.k8s.io');

describe('channel messages', () => {
  const cases: { name: string; protocol: typeof v4; message: Buffer; want: ClientMessage }[] = [
    { name: 'data', protocol: v4, message: Buffer.from('\0abc'), want: { kind: 'data', channel: 0, data: Buffer.from('abc') } },
    { name: 'data in base64', protocol: base64, message: Buffer.from('4eA=='), want: { kind: 'data', channel: 4, data: Buffer.from('x') } },
    { name: 'a closed channel', protocol: v5, message: Buffer.from([255, 0]), want: { kind: 'close', channel: 0 } },
    { name: 'no close before v5', protocol: v4, message: Buffer.from([255, 0]), want: { kind: 'data', channel: 255, data: Buffer.from([0]) } },
    { name: 'a close of nothing', protocol: v5, message: Buffer.from([255]), want: { kind: 'none' } },
    { name: 'an empty message', protocol: v5, message: Buffer.alloc(0), want: { kind: 'none' } },
  ];
  for (const { name, protocol, message, want } of cases) it(`reads ${name}`, () => assert.deepEqual(decodeChannelMessage(protocol, message), want));

  it('writes both encodings', () => {
    assert.deepEqual(encodeChannelMessage(v4, 1, Buffer.from('hi')), Buffer.from('\x01hi'));
    assert.equal(encodeChannelMessage(base64, 1, Buffer.from('hi')), '1aGk=');
  });
});
