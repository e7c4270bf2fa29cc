import type { HTTPGetAction, Probe } from '../../../../api/generated/core-v1.ts';
import { hostAndPort, listText } from '../page/texts.ts';

/** What a probe does, and how often. */
export function probeText(probe: Probe): string {
  const counts = `#success=${probe.successThreshold ?? 0} #failure=${probe.failureThreshold ?? 0}`;
  const attributes = `delay=${probe.initialDelaySeconds ?? 0}s timeout=${probe.timeoutSeconds ?? 0}s period=${probe.periodSeconds ?? 0}s ${counts}`;
  return `${actionText(probe)} ${attributes}`;
}

function actionText({ exec, httpGet, tcpSocket, grpc }: Probe): string {
  if (exec) return `exec ${listText(exec.command)}`;
  if (httpGet) return `http-get ${urlText(httpGet)}`;
  if (tcpSocket) return `tcp-socket ${tcpSocket.host ?? ''}:${tcpSocket.port}`;
  if (grpc) return `grpc <pod>:${grpc.port} ${grpc.service ?? ''}`;
  return 'unknown';
}

function urlText({ scheme, host = '', port, path = '' }: HTTPGetAction): string {
  const start = `${scheme ? `${scheme.toLowerCase()}:` : ''}//${hostAndPort(host, port)}`;
  const escaped = path.replace(/[^\w.~$&+,/:;=@-]/gu, (character) => percentEncoded(character));
  return start + (escaped === '' || escaped.startsWith('/') ? escaped : `/${escaped}`);
}

const percentEncoded = (character: string): string =>
  [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
