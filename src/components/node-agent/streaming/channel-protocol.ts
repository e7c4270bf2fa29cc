/** Sub-protocols in which WebSocket clients of Kubernetes carry several streams: each message begins with the number of its channel. */
export interface ChannelProtocol {
  /** As negotiated; `''` when the client offered none. */
  readonly name: string;
  readonly encoding: 'binary' | 'base64';
  /** Since v4 the error channel carries a Status, before that plain text of failures. */
  readonly hasStatus: boolean;
  /** Since v5 a client can close its half of a channel, which ends the command's input. */
  readonly canClose: boolean;
}

const protocol = (name: string, encoding: ChannelProtocol['encoding'], hasStatus: boolean, canClose = false): ChannelProtocol => ({
  name,
  encoding,
  hasStatus,
  canClose,
});

/** For exec and attach, best first. */
export const commandProtocols: readonly ChannelProtocol[] = [
  protocol('v5.channel.k8s.io', 'binary', true, true),
  protocol('v4.channel.k8s.io', 'binary', true),
  protocol('v4.base64.channel.k8s.io', 'base64', true),
  protocol('channel.k8s.io', 'binary', false),
  protocol('base64.channel.k8s.io', 'base64', false),
  protocol('', 'binary', false),
];

/** For port forwarding over WebSocket as it was before 1.30. */
export const portProtocols: readonly ChannelProtocol[] = [
  protocol('v4.channel.k8s.io', 'binary', false),
  protocol('v4.base64.channel.k8s.io', 'base64', false),
  protocol('', 'binary', false),
];

/** Raw SPDY in binary messages: what kubectl uses for port forwarding since 1.30. */
export const tunnelProtocol = 'SPDY/3.1+portforward.k8s.io';

/** A message for a client. */
export function encodeChannelMessage({ encoding }: ChannelProtocol, channel: number, data: Uint8Array): Buffer | string {
  return encoding === 'base64' ? String(channel) + Buffer.from(data).toString('base64') : Buffer.concat([Buffer.from([channel]), data]);
}

export type ClientMessage =
  | { readonly kind: 'data'; readonly channel: number; readonly data: Buffer }
  | { readonly kind: 'close'; readonly channel: number }
  /** Nothing that means anything: dropped. */
  | { readonly kind: 'none' };

const closeMark = 255;

/** Reads a client's message. In base64 protocols the channel is a digit. */
export function decodeChannelMessage({ encoding, canClose }: ChannelProtocol, message: Buffer): ClientMessage {
  const [first] = message;
  if (first === undefined) return { kind: 'none' };
  if (encoding === 'base64') return { kind: 'data', channel: first - 0x30, data: Buffer.from(message.toString('latin1', 1), 'base64') };
  if (canClose && first === closeMark) return message.length === 2 ? { kind: 'close', channel: message[1]! } : { kind: 'none' };
  return { kind: 'data', channel: first, data: message.subarray(1) };
}
