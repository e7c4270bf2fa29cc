import { Fields } from './specification-fields.ts';

/** A device node of a specification; `type` and numbers are those of the host's node where they are not given. */
export interface CdiDeviceNode {
  readonly path: string;
  readonly hostPath: string;
  /** `c`, `u`, `b`, `p`, or empty. */
  readonly type: string;
  /** 0 when it is not given, as `minor`. */
  readonly major: number;
  readonly minor: number;
  /** Who may do what with it in the container; undefined: as on the host. */
  readonly fileMode: number | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  /** For the cgroup: r, w, m. */
  readonly permissions: string;
}

export interface CdiMount {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly options: readonly string[];
}

/** What is to be done to a container. */
export interface CdiEdits {
  /** The file, for errors. */
  readonly source: string;
  readonly environment: readonly string[];
  readonly deviceNodes: readonly CdiDeviceNode[];
  readonly mounts: readonly CdiMount[];
  readonly additionalGroups: readonly number[];
  /** What cannot be said to a runtime from outside: `hooks`, … */
  readonly needsRuntime: string | undefined;
  /** Versions of the interface that brought something which is used. */
  readonly neededVersions: readonly string[];
  readonly isEmpty: boolean;
}

const known = ['env', 'deviceNodes', 'hooks', 'mounts', 'intelRdt', 'additionalGids', 'netDevices'];
const hookNames = ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'];

/** Throws in the words of the CDI library when they are not valid. */
export function readEdits(value: unknown, source: string): CdiEdits {
  const edits = new Fields(value, 'containerEdits', known);
  const environment = edits.texts('env');
  const wrong = environment.find((variable) => !variable.includes('='));
  if (wrong !== undefined) throw new Error(`invalid environment variable ${JSON.stringify(wrong)}`);
  const deviceNodes = edits.list('deviceNodes').map(readNode);
  const mounts = edits.list('mounts').map(readMount);
  for (const hook of edits.list('hooks')) checkHook(hook);
  const additionalGroups = edits.numbers('additionalGids').filter((group) => group !== 0);
  return {
    source,
    environment,
    deviceNodes,
    mounts: mounts.map(({ mount }) => mount),
    additionalGroups,
    needsRuntime: beyondReach(edits, mounts),
    neededVersions: [
      ...(mounts.some(({ type }) => type !== '') ? ['0.4.0'] : []),
      ...(edits.list('deviceNodes').some((node) => new Fields(node, 'deviceNode', nodeFields).text('hostPath') !== '') ? ['0.5.0'] : []),
      ...(edits.has('intelRdt') || additionalGroups.length > 0 ? ['0.7.0'] : []),
      ...(edits.has('netDevices') ? ['1.1.0'] : []),
    ],
    isEmpty: edits.isEmpty,
  };
}

const nodeFields = ['path', 'hostPath', 'type', 'major', 'minor', 'fileMode', 'permissions', 'uid', 'gid'];

function readNode(value: unknown): CdiDeviceNode {
  const node = new Fields(value, 'deviceNode', nodeFields);
  const [path, type, permissions] = [node.text('path'), node.text('type'), node.text('permissions')];
  if (path === '') throw new Error('invalid (empty) device path');
  if (!/^[bcup]?$/.test(type)) throw new Error(`device ${JSON.stringify(path)}: invalid type ${JSON.stringify(type)}`);
  if (!/^[rwm]*$/.test(permissions)) throw new Error(`device ${JSON.stringify(path)}: invalid permissions ${JSON.stringify(permissions)}`);
  return {
    path,
    hostPath: node.text('hostPath') || path,
    type,
    major: node.number('major') ?? 0,
    minor: node.number('minor') ?? 0,
    fileMode: node.number('fileMode'),
    uid: node.number('uid'),
    gid: node.number('gid'),
    permissions: permissions || 'rwm',
  };
}

function readMount(value: unknown): { readonly mount: CdiMount; readonly type: string } {
  const mount = new Fields(value, 'mount', ['hostPath', 'containerPath', 'options', 'type']);
  const [hostPath, containerPath] = [mount.text('hostPath'), mount.text('containerPath')];
  if (hostPath === '') throw new Error('invalid mount, empty host path');
  if (containerPath === '') throw new Error('invalid mount, empty container path');
  return { mount: { hostPath, containerPath, options: mount.texts('options') }, type: mount.text('type') };
}

function checkHook(value: unknown): void {
  const hook = new Fields(value, 'hook', ['hookName', 'path', 'args', 'env', 'timeout']);
  const name = hook.text('hookName');
  if (!hookNames.includes(name)) throw new Error(`invalid hook name ${JSON.stringify(name)}`);
  if (hook.text('path') === '') throw new Error(`invalid hook ${JSON.stringify(name)} with empty path`);
}

/** A runtime takes bind mounts from outside, no other file systems; hooks, cache classes and network devices it does not take at all. */
function beyondReach(edits: Fields, mounts: readonly { readonly mount: CdiMount; readonly type: string }[]): string | undefined {
  if (edits.list('hooks').length > 0) return 'hooks';
  for (const name of ['intelRdt', 'netDevices']) if (edits.has(name)) return name;
  const other = mounts.find(({ mount, type }) => !['', 'bind', 'none'].includes(type) && !mount.options.some((option) => /^r?bind$/.test(option)));
  return other && `a mount of type ${other.type}`;
}
