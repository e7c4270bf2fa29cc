import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** Where a private containerd keeps what, and what its things on the machine are called. All of it follows from one directory. */
export interface Layout {
  readonly directory: string;
  /** Images and snapshots: worth keeping. */
  readonly root: string;
  /** Sockets, running containers, network namespaces: gone after a reboot. */
  readonly state: string;
  readonly socket: string;
  readonly configuration: string;
  readonly registries: string;
  readonly log: string;
  readonly processFile: string;
  readonly machineFile: string;
  readonly networkDirectory: string;
  readonly addresses: string;
  /** Name of the bridge, the CNI network and the packet filter's table: unique to the directory, and within the 15 characters of an interface. */
  readonly networkName: string;
}

// sun_path is 108 bytes with its final zero, and containerd appends ".ttrpc".
const maximumSocketPathBytes = 100;

/** Throws when the directory is not absolute or so deep that sockets in it could not be opened. */
export function layoutOf(directory: string): Layout {
  if (!directory.startsWith('/')) throw new Error(`containerd directory "${directory}" must be absolute`);
  const state = join(directory, 'state');
  const socket = join(state, 'containerd.sock');
  if (Buffer.byteLength(socket) > maximumSocketPathBytes) {
    throw new Error(
      `containerd directory "${directory}" is too deep: the path of its socket has more than ${maximumSocketPathBytes} bytes; choose a shorter data directory`,
    );
  }
  return {
    directory,
    root: join(directory, 'root'),
    state,
    socket,
    configuration: join(directory, 'config.toml'),
    registries: join(directory, 'registries'),
    log: join(directory, 'containerd.log'),
    processFile: join(directory, 'process.json'),
    machineFile: join(directory, 'machine.json'),
    networkDirectory: join(directory, 'cni'),
    addresses: join(directory, 'addresses'),
    networkName: `wherry${createHash('sha256').update(directory).digest('hex').slice(0, 8)}`,
  };
}
