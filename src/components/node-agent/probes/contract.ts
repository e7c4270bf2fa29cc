import type { Container, Pod } from '../../../api/generated/core-v1.ts';

/** What a check found out. `unknown`: it could not be made at all. */
export interface CheckResult {
  readonly outcome: 'success' | 'warning' | 'failure' | 'unknown';
  /** For people, at most 10 KiB. */
  readonly output: string;
}

/** Whom a check looks at. */
export interface CheckTarget {
  readonly pod: Pod;
  readonly container: Container;
  readonly containerId: string;
  /** The pod's own address, or the node's for host-network pods. */
  readonly podIp: string;
}

export const maximumOutput = 10 * 1024;

/** The number of a port given by number or by name. Throws when the container has no port of that name. */
export function portNumber(port: number | string, container: Container): number {
  const asNumber = typeof port === 'number' ? port : Number(port);
  const number = Number.isInteger(asNumber) ? asNumber : container.ports?.find(({ name }) => name === port)?.containerPort;
  if (number === undefined) throw new Error(`couldn't find port: ${JSON.stringify(port)} for ${container.name}`);
  if (number < 1 || number > 65_535) throw new Error(`invalid port number: ${number}`);
  return number;
}

/** `10.0.0.1:80`, `[fd00::1]:80`. */
export const addressText = (host: string, port: number): string => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);

/** A connection error in the words of Go's `net`, which people search for. */
export function dialErrorText(error: unknown, address: string): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const texts: Readonly<Record<string, string>> = {
    ECONNREFUSED: `dial tcp ${address}: connect: connection refused`,
    EHOSTUNREACH: `dial tcp ${address}: connect: no route to host`,
    ENETUNREACH: `dial tcp ${address}: connect: network is unreachable`,
    ETIMEDOUT: `dial tcp ${address}: i/o timeout`,
    ECONNRESET: `read tcp ${address}: read: connection reset by peer`,
  };
  return texts[code ?? ''] ?? message;
}
