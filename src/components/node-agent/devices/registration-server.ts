import { mkdir, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Registration } from '../../../api/generated/device-plugin/device-plugin_pb.js';
import { devicePluginVersion, registrationSocket } from '../../../extension-points/devices/contract.ts';
import { isDeviceResourceName } from '../../../extension-points/devices/resource-name.ts';
import { serveGrpc, unaryMethod } from '../../../extension-points/runtime/grpc-server.ts';

export interface RegistrationServerOptions {
  /** `device-plugins`; made when it is not there. */
  readonly directory: string;
  /** Connects to a plugin's socket; the answer waits for it. */
  readonly connect: (resourceName: string, socketPath: string) => Promise<void>;
}

/**
 * Serves `kubelet.sock`, on which plugins announce themselves. Sockets of before are removed first, which tells their plugins to come again; other files stay.
 * Refusals are upstream's. Rejects when another agent serves the folder.
 */
export async function serveRegistration({ directory, connect: connectPlugin }: RegistrationServerOptions): Promise<AsyncDisposable> {
  const socketPath = join(directory, registrationSocket);
  await mkdir(directory, { recursive: true, mode: 0o750 });
  if (await isServed(socketPath))
    throw new Error(`${socketPath}: another node agent or kubelet serves device plugins in this folder; stop it, or give this one another folder`);
  await removeSockets(directory);
  return serveGrpc(socketPath, [
    unaryMethod(Registration.method.register, async ({ version, endpoint, resourceName }) => {
      if (version !== devicePluginVersion)
        throw new Error(`requested API version ${JSON.stringify(version)} is not supported by kubelet. Supported version is ["${devicePluginVersion}"]`);
      if (!isDeviceResourceName(resourceName)) throw new Error(`the ResourceName ${JSON.stringify(resourceName)} is invalid`);
      await connectPlugin(resourceName, join(directory, endpoint));
      return {};
    }),
  ]);
}

async function removeSockets(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) if (entry.isSocket()) await rm(join(directory, entry.name), { force: true });
}

function isServed(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
