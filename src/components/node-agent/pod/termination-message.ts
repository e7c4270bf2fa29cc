import { open } from 'node:fs/promises';
import type { ContainerStatus } from '../../../extension-points/runtime/contract.ts';
import { terminationPathAnnotation, terminationPolicyAnnotation } from '../labels.ts';
import { readLastLines } from '../logs/read-last-lines.ts';

const maximumFileBytes = 4096;
const maximumLogBytes = 2048;
const maximumLogLines = 80;

/** What a container that ended had to say: its termination file, or the end of its log where its policy allows; after the runtime's own words, if any. */
export async function terminationMessage(status: ContainerStatus): Promise<string> {
  const path = status.annotations[terminationPathAnnotation];
  const hostPath = path && status.mounts.find((mount) => mount.containerPath === path)?.hostPath;
  let said = hostPath ? await fileText(hostPath) : '';
  if (said === '' && status.exitCode !== 0 && status.annotations[terminationPolicyAnnotation] === 'FallbackToLogsOnError' && status.logPath !== '')
    said = await readLastLines(status.logPath, { lines: maximumLogLines, bytes: maximumLogBytes });
  if (said === '') return status.message;
  return status.message === '' ? said : `${status.message}: ${said}`;
}

async function fileText(path: string): Promise<string> {
  try {
    await using file = await open(path, 'r');
    const { bytesRead, buffer } = await file.read(Buffer.alloc(maximumFileBytes), 0, maximumFileBytes, 0);
    return buffer.subarray(0, bytesRead).toString();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? '' : `Error on reading termination log ${path}: ${(error as Error).message}`;
  }
}
