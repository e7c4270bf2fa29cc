import { type CaseResult, runDeviceConformance } from '../../extension-points/devices/run-conformance.ts';

export interface DevicesConformanceFlags {
  readonly socket?: string;
  readonly pluginDir?: string;
  readonly resource?: string;
  readonly skip: readonly string[];
}

/** Holds a device plugin in another process to the contract, and says case by case how it does. Exit code 1 when it fails one. */
export async function checkDevicePlugin({ socket, pluginDir, resource, skip }: DevicesConformanceFlags): Promise<number> {
  if ((socket === undefined) === (pluginDir === undefined))
    throw new Error('say where the plugin is: --socket PATH for one that listens, or --plugin-dir DIR for one that registers there');
  const name = resource === undefined ? {} : { resourceName: resource };
  const target = socket === undefined ? { kubeletDirectory: pluginDir!, ...name } : { socketPath: socket, ...name };
  const counts = { passed: 0, failed: 0, skipped: 0 };
  await runDeviceConformance(target, {
    skip,
    report: (result) => {
      counts[result.outcome]++;
      process.stdout.write(resultText(result));
    },
  });
  process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
  return counts.failed === 0 ? 0 : 1;
}

const marks = { passed: 'ok    ', failed: 'FAILED', skipped: 'skip  ' } as const;

const resultText = ({ title, outcome, message }: CaseResult): string =>
  `${marks[outcome]} ${title}\n${message === undefined ? '' : `       ${message.replaceAll('\n', '\n       ')}\n`}`;
