import { createServer, isIP, type Server, type Socket } from 'node:net';

/** Where to listen. Of `localhost` one of the two addresses is enough. */
export interface ListenAddress {
  readonly address: string;
  readonly family: 4 | 6;
  readonly mayFail: boolean;
}

/** Reads `--address`. Throws with client-go's words. */
export function listenAddresses(words: readonly string[]): ListenAddress[] {
  const found = new Map<string, ListenAddress>();
  for (const word of words) {
    if (word === 'localhost') {
      if (!found.has('127.0.0.1')) found.set('127.0.0.1', { address: '127.0.0.1', family: 4, mayFail: true });
      if (!found.has('::1')) found.set('::1', { address: '::1', family: 6, mayFail: true });
      continue;
    }
    const family = isIP(word);
    if (family === 0) throw new Error(`${word} is not a valid IP`);
    found.set(word, { address: word, family: family === 6 ? 6 : 4, mayFail: false });
  }
  if (found.size === 0) throw new Error('you must specify at least 1 address');
  return [...found.values()];
}

/** Opens a listener. Throws `unable to create listener: Error listen tcp4 …`. */
export function listen({ address, family }: ListenAddress, port: number, onConnection: (socket: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    // The peer may have said all it has to say and still wait for the answer.
    const server = createServer({ allowHalfOpen: true }, onConnection);
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new Error(`unable to create listener: Error listen tcp${family} ${hostPort(address, port)}: ${reasons[error.code ?? ''] ?? error.message}`)),
    );
    server.listen({ host: address, port, ipv6Only: family === 6 }, () => resolve(server));
  });
}

export const hostPort = (address: string, port: number): string => (address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`);

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'bind: address already in use',
  EACCES: 'bind: permission denied',
  EADDRNOTAVAIL: 'bind: cannot assign requested address',
};
