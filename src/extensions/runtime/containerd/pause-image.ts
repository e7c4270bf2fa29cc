import { imageArchive } from './image-archive.ts';
import { pauseProgram } from './pause-program.ts';
import { tarArchive } from './tar.ts';

/** The name of the sandbox image that wherry makes itself; it never comes from a registry. */
export const pauseImageName = 'wherry.local/pause:1';

/** The sandbox image as `docker save` writes it. Throws on a processor other than x86-64 and arm64. */
export function pauseImageArchive(nodeArchitecture: string = process.arch): Buffer {
  const architecture = nodeArchitecture === 'x64' ? 'amd64' : nodeArchitecture === 'arm64' ? 'arm64' : undefined;
  if (!architecture) throw new Error(`no sandbox image for the processor "${nodeArchitecture}": name one with pauseImage`);
  const layer = tarArchive([{ path: 'pause', type: 'file', mode: 0o755, content: pauseProgram(architecture) }]);
  // Not root: nothing in the sandbox container needs it.
  return imageArchive({ names: [pauseImageName], architecture, layers: [layer], config: { Entrypoint: ['/pause'], User: '65535:65535', WorkingDir: '/' } });
}
