import type { CheckResult } from './contract.ts';

const path = '/grpc.health.v1.Health/Check';
const statusNames = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];

/** Asks the gRPC health service; only SERVING is success. */
export async function checkGrpc(address: string, service: string, timeoutMs: number): Promise<CheckResult> {
  const { Client, credentials, status } = await import('@grpc/grpc-js');
  const client = new Client(address, credentials.createInsecure(), { 'grpc.primary_user_agent': 'kube-probe/1.36' });
  const seconds = timeoutMs / 1000;
  try {
    const answer = await new Promise<number>((resolve, reject) => {
      client.makeUnaryRequest(path, encodeRequest, decodeStatus, service, { deadline: Date.now() + timeoutMs }, (error, value) =>
        error ? reject(error) : resolve(value ?? 0),
      );
    });
    if (answer === 1) return { outcome: 'success', output: 'service healthy' };
    return { outcome: 'failure', output: `service unhealthy (responded with "${statusNames[answer] ?? answer}")` };
  } catch (error) {
    const { code, details, message } = error as { code?: number; details?: string; message: string };
    const said = details ?? message;
    if (code === status.UNIMPLEMENTED)
      return { outcome: 'failure', output: `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${said}` };
    if (code === status.DEADLINE_EXCEEDED) return { outcome: 'failure', output: `timeout: health rpc did not complete within ${seconds}s` };
    if (code === status.UNAVAILABLE)
      return { outcome: 'failure', output: `timeout: failed to connect service "${address}" within ${seconds}s: context deadline exceeded` };
    return { outcome: 'failure', output: `error: health rpc failed: ${said}` };
  } finally {
    client.close();
  }
}

/** `HealthCheckRequest { string service = 1; }` */
function encodeRequest(service: string): Buffer {
  const text = Buffer.from(service);
  if (text.length === 0) return text;
  const length: number[] = [];
  for (let rest = text.length; ; rest >>>= 7) {
    length.push(rest > 127 ? (rest & 127) | 128 : rest);
    if (rest <= 127) break;
  }
  return Buffer.concat([Buffer.from([0x0a, ...length]), text]);
}

/** `HealthCheckResponse { ServingStatus status = 1; }`: one small varint. */
const decodeStatus = (bytes: Buffer): number => (bytes[0] === 0x08 ? (bytes[1] ?? 0) : 0);
